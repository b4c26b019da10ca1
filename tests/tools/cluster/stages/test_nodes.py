import json

import pytest

from tests.tools.cluster.stages.objects import (
    CAPACITY,
    FAULT,
    GIVEN,
    NODES,
    READY_AFTER,
    condition,
    is_ready,
    main_container,
    seconds_between,
)

pytestmark = pytest.mark.cluster


def test_a_node_has_the_capacity_of_its_annotation(kube, node):
    status = kube.get(node)["status"]

    assert status["capacity"] == status["allocatable"] == GIVEN
    assert status["nodeInfo"]["architecture"] == "amd64"
    assert status["nodeInfo"]["operatingSystem"] == "linux"


def test_a_changed_annotation_changes_the_capacity_also_of_what_is_no_longer_there(kube, node, until):
    kube.patch(node, {"metadata": {"annotations": {CAPACITY: json.dumps({"cpu": "2000m", "pods": 20})}}})

    until("the capacity follows", lambda: kube.get(node)["status"]["allocatable"] == {"cpu": "2", "pods": "20"})
    assert kube.get(node)["status"]["capacity"] == {"cpu": "2", "pods": "20"}


@pytest.mark.parametrize("capacity", ["no JSON", "[1]", '{"cpu": "lots"}'])
def test_a_wrong_capacity_is_told_in_the_nodes_condition_and_can_be_corrected(kube, make_node, until, capacity):
    path = make_node(capacity)

    until("it is told", lambda: condition(kube.get(path)).get("reason") == "InvalidCapacity")
    assert "must be a JSON object of quantities" in condition(kube.get(path))["message"]

    kube.patch(path, {"metadata": {"annotations": {CAPACITY: json.dumps(GIVEN)}}})
    until("it is ready", lambda: is_ready(kube.get(path)))


def test_a_node_boots_as_long_as_asked(kube, make_node, until):
    path = make_node(**{READY_AFTER: "4s"})
    during = kube.get(path)

    ready = until("it is ready", lambda: is_ready(kube.get(path)))

    assert not is_ready(during)
    created, since = ready["metadata"]["creationTimestamp"], condition(ready)["lastTransitionTime"]
    assert seconds_between(created, since) >= 4


def test_nodes_that_are_not_simulated_are_left_alone(kube, name, until):
    path = f"{NODES}/{name}"
    real = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"test": name}}}
    kube.create(NODES, real)
    kube.create(
        NODES,
        {
            **real,
            "metadata": {"name": f"{name}-b", "labels": {"test": name}, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        },
    )

    until("the simulated one is ready", lambda: is_ready(kube.get(f"{path}-b")))

    assert not is_ready(kube.get(path))
    for each in (path, f"{path}-b"):
        kube.delete(each)


def test_a_lost_node_keeps_its_pods_from_being_ready_until_it_is_found(kube, node, make_node, make_pod, until):
    pod = make_pod()
    until("the pod is ready", lambda: is_ready(kube.get(pod)))
    other = make_node()  # if every node were lost, Kubernetes would blame itself and evict nothing
    until("the other node is ready", lambda: is_ready(kube.get(other)))

    kube.patch(node, {"metadata": {"labels": {FAULT: "lost"}}})
    lost = until("it counts as lost", lambda: condition(kube.get(node)).get("status") == "Unknown" and kube.get(node))
    until("its pod is not ready", lambda: condition(kube.get(pod)).get("status") == "False")
    until("it is tainted", lambda: any(t["effect"] == "NoExecute" for t in kube.get(node)["spec"].get("taints", [])))
    kube.delete(pod)
    until("its pod is being deleted", lambda: kube.get(pod)["metadata"].get("deletionTimestamp"))

    assert condition(lost)["reason"] == "NodeStatusUnknown"
    assert main_container(kube.get(pod))["state"]["running"]

    kube.patch(node, {"metadata": {"labels": {FAULT: None}}})
    until("it is found", lambda: is_ready(kube.get(node)))
    until("its deleted pod is gone", lambda: kube.get(pod) is None)
    until("its taints are gone", lambda: not kube.get(node)["spec"].get("taints"))
