import pytest

from tools.node import volumes

UID = "0b7a4c1e-1111-2222-3333-444455556666"
NAME = f"pvc-{UID}"


def claim(size="1Gi", node: str | None = "slate-node", *, phase="Pending", says=None, **metadata):
    notes = {"volume.kubernetes.io/storage-provisioner": "sim.slate.dev/volume"}
    if node:
        notes["volume.kubernetes.io/selected-node"] = node
    return {
        "metadata": {"name": "home-alice-0", "namespace": "ws-a", "uid": UID, "annotations": notes, **metadata},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "standard",
            "resources": {"requests": {"storage": size}},
        },
        "status": {"phase": phase} | ({"capacity": {"storage": says}} if says else {}),
    }


def volume(size="1Gi", phase="Bound", by=volumes.BY, policy="Delete"):
    return {
        "metadata": {"name": NAME, "annotations": {"pv.kubernetes.io/provisioned-by": by}},
        "spec": {"capacity": {"storage": size}, "persistentVolumeReclaimPolicy": policy},
        "status": {"phase": phase},
    }


def test_a_claim_whose_pod_goes_to_the_real_node_gets_a_folder(tmp_path):
    wanted = claim()

    work = volumes.decide([wanted], [])
    made = volumes.volume(wanted, volumes.folder_of(NAME, tmp_path))

    assert work.provide == (wanted,)
    assert made["spec"]["local"]["path"] == str(tmp_path / NAME)
    assert volumes.size(wanted) == 1024**3
    assert made["spec"]["claimRef"] == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": "home-alice-0",
        "namespace": "ws-a",
        "uid": UID,
    }
    (term,) = made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == ["slate-node"]


@pytest.mark.parametrize("other", [claim(node="gpu-0"), claim(node=None), claim(deletionTimestamp="now")])
def test_other_claims_are_left_to_others(other):
    assert volumes.decide([other], []).provide == ()


def test_a_grown_claim_grows_its_volume_and_then_says_so():
    grown = claim("2Gi", phase="Bound", says="1Gi")

    assert volumes.decide([grown], [volume("1Gi")]).provide == (grown,)
    assert volumes.decide([grown], [volume("2Gi")]).provide == ()
    assert volumes.unfinished([grown], [volume("2Gi")]) == [grown]
    assert volumes.unfinished([claim("2Gi", phase="Bound", says="2Gi")], [volume("2Gi")]) == []


def test_only_released_volumes_of_ours_are_removed():
    assert volumes.decide([], [volume(phase="Released")]).remove == (NAME,)
    kept = [volume(), volume(phase="Released", by="sim.slate.dev/volume"), volume(phase="Released", policy="Retain")]
    assert volumes.decide([], kept).remove == ()


@pytest.mark.parametrize("name", ["../etc", "pvc-..", "pvc-", NAME + "/x", ""])
def test_no_other_folder_is_ever_touched(tmp_path, name):
    with pytest.raises(ValueError, match="no name of a volume"):
        volumes.folder_of(name, tmp_path)
