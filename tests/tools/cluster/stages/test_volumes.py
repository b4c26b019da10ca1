import pytest

from tests.tools.cluster.stages.objects import CLAIMS, PODS, STATEFUL_SETS, VOLUMES, workload

pytestmark = pytest.mark.cluster


@pytest.mark.usefixtures("node")
def test_a_stateful_set_scales_and_its_home_is_bound_kept_and_grows(kube, name, until):
    template = {
        "metadata": {"name": "home"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    value = workload("StatefulSet", "apps/v1", name, serviceName=name, replicas=1, volumeClaimTemplates=[template])
    value["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "home", "mountPath": "/home"}]
    path, claim = f"{STATEFUL_SETS}/{name}", f"{CLAIMS}/home-{name}-0"
    kube.create(STATEFUL_SETS, value)
    until("it is ready", lambda: kube.get(path)["status"].get("readyReplicas") == 1)
    bound = kube.get(claim)
    volume = f"{VOLUMES}/{bound['spec']['volumeName']}"

    kube.patch(f"{path}/scale", {"spec": {"replicas": 0}})
    until("its pod is gone", lambda: kube.get(f"{PODS}/{name}-0") is None)
    kube.patch(f"{path}/scale", {"spec": {"replicas": 1}})
    until("it is ready again", lambda: kube.get(path)["status"].get("readyReplicas") == 1)
    assert kube.get(claim)["metadata"]["uid"] == bound["metadata"]["uid"]

    kube.patch(claim, {"spec": {"resources": {"requests": {"storage": "3072Mi"}}}})
    until("the claim has grown", lambda: kube.get(claim)["status"]["capacity"]["storage"] == "3Gi")
    grown = kube.get(volume)
    assert grown["spec"]["capacity"]["storage"] == "3Gi"
    assert grown["status"]["phase"] == "Bound"

    kube.delete(path)
    until("its pod is gone for good", lambda: kube.get(f"{PODS}/{name}-0") is None)
    assert kube.get(claim) is not None
    kube.delete(claim)
    until("claim and volume are gone", lambda: kube.get(claim) is None and kube.get(volume) is None)


def test_a_claim_is_bound_at_once_with_a_class_that_binds_immediately(kube, name, until):
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "sim.slate.dev/volume",
    }
    kube.create("/apis/storage.k8s.io/v1/storageclasses", storage_class)
    spec = {"storageClassName": name, "accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "5Gi"}}}
    kube.create(CLAIMS, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec})

    until("it is bound", lambda: kube.get(f"{CLAIMS}/{name}")["status"]["phase"] == "Bound")

    assert kube.get(f"{CLAIMS}/{name}")["status"]["capacity"] == {"storage": "5Gi"}
    kube.delete(f"{CLAIMS}/{name}")
    kube.delete(f"/apis/storage.k8s.io/v1/storageclasses/{name}")
