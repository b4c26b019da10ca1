import pytest

from tests.tools.cluster.stages.objects import FAULT, READY_AFTER, condition, is_ready, main_container

pytestmark = pytest.mark.cluster


def test_a_crashing_pod_counts_its_restarts_and_recovers(kube, make_pod, until):
    path = make_pod(labels={FAULT: "crash"}, annotations={"sim.slate.dev/crash-after": "500ms"})

    since = until(
        "it has crashed", lambda: main_container(kube.get(path))["restartCount"] and condition(kube.get(path))
    )
    crashed = until(
        "it has crashed again and again", lambda: main_container(kube.get(path))["restartCount"] >= 4 and kube.get(path)
    )
    kube.patch(path, {"metadata": {"labels": {FAULT: None}}})
    healed = until("it is ready", lambda: is_ready(kube.get(path)))

    assert main_container(crashed)["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert main_container(crashed)["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert not is_ready(crashed)
    assert condition(crashed)["lastTransitionTime"] == since["lastTransitionTime"]  # it was not ready before, either
    assert main_container(healed)["restartCount"] >= 4
    assert main_container(healed)["lastState"]["terminated"]["exitCode"] == 137


def test_a_pod_whose_image_is_missing_waits_and_recovers(kube, make_pod, until):
    path = make_pod(labels={FAULT: "image"})

    waiting = until("it waits", lambda: main_container(kube.get(path))["state"].get("waiting") and kube.get(path))
    kube.patch(path, {"metadata": {"labels": {FAULT: None}}})
    healed = until("it is ready", lambda: is_ready(kube.get(path)))

    assert main_container(waiting)["state"]["waiting"]["reason"] == "ImagePullBackOff"
    assert waiting["status"]["phase"] == "Pending"
    assert main_container(healed)["restartCount"] == 0


def test_a_ready_pod_can_become_unready_and_recovers_without_a_restart(kube, make_pod, until):
    path = make_pod()
    before = until("it is ready", lambda: is_ready(kube.get(path)))

    kube.patch(path, {"metadata": {"labels": {FAULT: "unready"}}})
    unready = until("it is not ready", lambda: condition(kube.get(path))["status"] == "False" and kube.get(path))
    kube.patch(path, {"metadata": {"labels": {FAULT: None}}})
    healed = until("it is ready again", lambda: is_ready(kube.get(path)))

    assert unready["status"]["phase"] == "Running"
    assert (main_container(unready)["started"], main_container(unready)["ready"]) == (True, False)
    assert main_container(healed)["state"] == main_container(before)["state"]
    assert healed["status"]["podIP"] == before["status"]["podIP"]


def test_faults_and_volumes_cause_no_endless_changes(kube, make_pod, until):
    paths = [make_pod(labels={FAULT: "image"}), make_pod(labels={FAULT: "unready"}), make_pod()]
    until("they have settled", lambda: all(kube.get(path)["status"].get("containerStatuses") for path in paths))
    for path in paths:
        kube.patch(path, {"metadata": {"annotations": {"touched": "yes"}}})
    versions = [kube.get(path)["metadata"]["resourceVersion"] for path in paths]

    marker = make_pod(annotations={READY_AFTER: "1s"})  # kwok has worked off what came before
    until("kwok is through", lambda: is_ready(kube.get(marker)))

    assert [kube.get(path)["metadata"]["resourceVersion"] for path in paths] == versions
