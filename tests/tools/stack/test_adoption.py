import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tools.stack import adoption
from tools.stack.kubectl import Kubectl

SERVED = """configmaps
events
pods
nodes
statefulsets.apps
networkpolicies.networking.k8s.io
pods.metrics.k8s.io
others.example.com
"""
CREATOR = {"manager": "pulumi-kubernetes-1a2b", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
SCALE = {
    "manager": "kubectl",
    "operation": "Update",
    "subresource": "scale",
    "fieldsV1": {"f:spec": {"f:replicas": {}}},
}
CONTROLLER = {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "fieldsV1": {}}


class FakeKubectl:
    """A cluster with given objects that remembers its patches."""

    def __init__(self, *items):
        self._items = items
        self.patches: list[tuple[str, ...]] = []

    def run(self, *arguments, tolerant=False):
        if arguments[0] == "api-resources":
            assert tolerant
            return SERVED
        self.patches.append(arguments)
        return ""

    def items(self, kinds, *_):
        assert "statefulsets.apps" in kinds
        return list(self._items)


def stateful_set(name, *entries, project="vision"):
    labels = {"app.kubernetes.io/part-of": "slate"} | ({"slate.dev/project": project} if project else {})
    metadata = {"name": name, "namespace": "ws-vision", "labels": labels, "resourceVersion": "7"}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata | {"managedFields": list(entries)}}


def state_of(item):
    metadata = {key: item["metadata"][key] for key in ("name", "namespace")}
    return {"type": "kubernetes:apps/v1:StatefulSet", "inputs": {"kind": item["kind"], "metadata": metadata}}


def settings(scope="all", *projects) -> Any:
    return SimpleNamespace(scope=scope, projects=[SimpleNamespace(name=name) for name in projects or ("vision",)])


def hand_over(kubectl, resources=(), stack=None):
    return adoption.hand_over(cast(Kubectl, kubectl), resources, stack or settings())


def test_the_creators_fields_are_freed_and_everybody_elses_stay():
    kubectl = FakeKubectl(stateful_set("alice", CREATOR, SCALE, CONTROLLER))

    assert hand_over(kubectl) == 1

    (arguments,) = kubectl.patches
    test, replace = json.loads(arguments[-1].removeprefix("--patch="))
    assert arguments[:3] == ("patch", "StatefulSet.v1.apps", "alice")
    assert test == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert replace["value"][0] == CREATOR | {"fieldsV1": adoption.ONE_LABEL}
    assert replace["value"][1:] == [SCALE, CONTROLLER]


def test_an_object_that_the_state_knows_is_left_alone():
    item = stateful_set("alice", CREATOR)
    kubectl = FakeKubectl(item)

    assert hand_over(kubectl, [state_of(item), {"type": "pulumi:pulumi:Stack"}]) == 0
    assert kubectl.patches == []


def test_an_object_that_no_run_of_pulumi_made_is_left_alone():
    kubectl = FakeKubectl(stateful_set("alice", SCALE, CONTROLLER))

    assert hand_over(kubectl) == 0
    assert kubectl.patches == []


@pytest.mark.parametrize(
    ("stack", "project", "ours"),
    [
        (settings("all", "vision"), "vision", True),
        (settings("all", "vision"), "language", False),
        (settings("all", "vision"), None, True),
        (settings("projects", "vision"), "vision", True),
        (settings("projects", "vision"), None, False),
        (settings("platform", "vision"), "vision", False),
        (settings("platform", "vision"), None, True),
    ],
)
def test_objects_of_other_stacks_on_the_same_cluster_are_left_alone(stack, project, ours):
    kubectl = FakeKubectl(stateful_set("alice", CREATOR, project=project))

    assert hand_over(kubectl, stack=stack) == int(ours)


def test_only_kinds_are_asked_for_that_slate_may_declare_and_the_api_server_itself_serves():
    assert adoption.declarable(cast(Kubectl, FakeKubectl())) == [
        "configmaps",
        "nodes",
        "statefulsets.apps",
        "networkpolicies.networking.k8s.io",
    ]
