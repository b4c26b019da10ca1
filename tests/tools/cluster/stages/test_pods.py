import pytest

from tests.tools.cluster.stages.objects import READY_AFTER, condition, is_ready, main_container, seconds_between

pytestmark = pytest.mark.cluster


def test_a_pod_looks_like_a_running_one(kube, make_pod, until):
    path = make_pod(
        initContainers=[
            {"name": "prepare", "image": "example/prepare:1"},
            {"name": "side", "image": "example/side:1", "restartPolicy": "Always"},
        ]
    )

    status = until("it is ready", lambda: is_ready(kube.get(path)))["status"]

    (main,) = status["containerStatuses"]
    prepare, side = status["initContainerStatuses"]
    assert status["phase"] == "Running"
    assert status["podIP"].startswith("10.244.")
    assert (main["ready"], main["started"], main["restartCount"]) == (True, True, 0)
    assert main["state"]["running"]["startedAt"]
    assert prepare["state"]["terminated"]["reason"] == "Completed"
    assert side["state"]["running"]
    assert {
        kind: condition({"status": status}, kind)["status"]
        for kind in ("Initialized", "ContainersReady", "PodScheduled")
    } == {
        "Initialized": "True",
        "ContainersReady": "True",
        "PodScheduled": "True",
    }


def test_a_pod_is_ready_after_the_delay_it_asks_for_even_if_it_is_changed_meanwhile(kube, make_pod, until):
    path = make_pod(annotations={READY_AFTER: "3s"})

    waiting = until("it starts", lambda: main_container(kube.get(path))["state"].get("waiting") and kube.get(path))
    kube.patch(path, {"metadata": {"annotations": {"changed": "yes"}}})
    ready = until("it is ready", lambda: is_ready(kube.get(path)))

    assert main_container(waiting)["state"]["waiting"]["reason"] == "ContainerCreating"
    assert waiting["status"]["phase"] == "Pending"
    assert not is_ready(waiting)
    since = condition(ready, "sim.slate.dev/Starting")["lastTransitionTime"]
    assert seconds_between(since, condition(ready)["lastTransitionTime"]) >= 2  # whole seconds on both sides


def test_a_readiness_gate_is_open_until_something_closes_it(kube, make_pod, until):
    path, gate = make_pod(readinessGates=[{"conditionType": "example.com/open"}]), "example.com/open"
    opened = until("it is ready", lambda: is_ready(kube.get(path)))

    def set_gate(status):
        body = {"status": {"conditions": [{"type": gate, "status": status}]}}
        assert kube.request("PATCH", f"{path}/status", body, "application/strategic-merge-patch+json")[0] == 200

    set_gate("False")
    closed = until("it is not ready", lambda: condition(kube.get(path))["status"] == "False" and kube.get(path))
    set_gate("True")
    until("it is ready again", lambda: is_ready(kube.get(path)))

    assert condition(opened, gate)["status"] == "True"
    assert condition(closed)["reason"] == "ReadinessGatesNotReady"
    assert main_container(closed)["ready"]
