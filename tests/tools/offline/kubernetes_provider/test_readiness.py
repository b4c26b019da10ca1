"""When an object counts as ready."""

import copy

import pytest

from tools.offline.kubernetes_provider.provider import readiness


class Around:
    """A cluster of a few objects."""

    def __init__(self, **objects: dict) -> None:
        self.objects = objects

    def find(self, api_version: str, kind: str, namespace: str | None, name: str) -> dict | None:
        del api_version, namespace
        return self.objects.get(f"{kind}_{name}")


def judge(obj: dict, around: Around | None = None, creating: bool = True) -> readiness.Verdict:
    rule = readiness.rule_for(obj)
    assert rule is not None
    return rule(obj, around or Around(), creating)


def changed(obj: dict, **status: object) -> dict:
    obj = copy.deepcopy(obj)
    obj["status"] |= status
    return obj


def condition(kind: str, status: str = "True", **more: str) -> dict:
    return {"type": kind, "status": status, **more}


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "generation": 2},
    "spec": {"replicas": 2},
    "status": {
        "observedGeneration": 2,
        "replicas": 2,
        "updatedReplicas": 2,
        "availableReplicas": 2,
        "conditions": [condition("Available"), condition("Progressing", reason="NewReplicaSetAvailable")],
    },
}
STATEFUL_SET = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "s", "generation": 2},
    "spec": {"replicas": 1, "updateStrategy": {"type": "RollingUpdate"}},
    "status": {
        "observedGeneration": 2,
        "replicas": 1,
        "readyReplicas": 1,
        "currentReplicas": 1,
        "currentRevision": "a",
        "updateRevision": "a",
    },
}
DAEMON_SET = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "d", "generation": 1},
    "spec": {},
    "status": {
        "observedGeneration": 1,
        "desiredNumberScheduled": 2,
        "currentNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
        "numberReady": 2,
    },
}


@pytest.mark.parametrize("obj", [DEPLOYMENT, STATEFUL_SET, DAEMON_SET])
def test_workload_is_ready(obj: dict):
    assert judge(obj).ready


@pytest.mark.parametrize(
    ("obj", "status"),
    [
        (DEPLOYMENT, {"observedGeneration": 1}),
        (DEPLOYMENT, {"updatedReplicas": 1}),
        (DEPLOYMENT, {"replicas": 3}),
        (DEPLOYMENT, {"conditions": [condition("Available", "False", message="too few")]}),
        (DEPLOYMENT, {"conditions": [condition("Available"), condition("Progressing", reason="ReplicaSetUpdated")]}),
        (STATEFUL_SET, {"observedGeneration": 1}),
        (STATEFUL_SET, {"readyReplicas": 0}),
        (STATEFUL_SET, {"replicas": 2}),
        (STATEFUL_SET, {"updateRevision": "b"}),
        (STATEFUL_SET, {"currentReplicas": 0}),
        (DAEMON_SET, {"observedGeneration": 0}),
        (DAEMON_SET, {"updatedNumberScheduled": 1}),
        (DAEMON_SET, {"numberReady": 1}),
    ],
)
def test_workload_is_not_ready_and_says_what_is_missing(obj: dict, status: dict):
    verdict = judge(changed(obj, **status))

    assert not verdict.ready
    assert verdict.waiting_for


def test_workload_of_no_replicas_is_ready_when_it_is_seen():
    asleep = copy.deepcopy(STATEFUL_SET) | {"spec": {"replicas": 0}}
    asleep["status"] = {"observedGeneration": 2, "replicas": 0, "currentRevision": "a", "updateRevision": "a"}

    assert judge(asleep).ready


def test_on_delete_waits_for_revisions_only_the_first_time():
    first = copy.deepcopy(STATEFUL_SET)
    first["spec"]["updateStrategy"]["type"] = "OnDelete"
    first["metadata"]["generation"] = 1
    first["status"] |= {"updateRevision": "b"}
    later = copy.deepcopy(first)
    later["metadata"]["generation"] = 2

    assert not judge(first).ready
    assert judge(later).ready
    assert not judge(changed(later, readyReplicas=0)).ready


@pytest.mark.parametrize(
    ("status", "ready", "failed"),
    [
        ({}, False, False),
        ({"startTime": "now"}, False, False),
        ({"startTime": "now", "conditions": [condition("Complete")]}, True, False),
        ({"conditions": [condition("Failed", reason="BackoffLimitExceeded")]}, False, True),
        ({"conditions": [condition("Failed", reason="DeadlineExceeded")]}, False, True),
    ],
)
def test_job(status: dict, ready: bool, failed: bool):
    verdict = judge({"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "spec": {}, "status": status})

    assert (verdict.ready, verdict.failed) == (ready, failed)


@pytest.mark.parametrize(
    ("conditions", "phase", "ready"),
    [
        (["PodScheduled", "Initialized", "Ready"], "Running", True),
        (["PodScheduled", "Initialized"], "Succeeded", True),
        (["PodScheduled", "Initialized"], "Running", False),
        (["Ready"], "Running", False),
        ([], "Pending", False),
    ],
)
def test_pod(conditions: list[str], phase: str, ready: bool):
    status = {"phase": phase, "conditions": [condition(kind) for kind in conditions]}

    assert judge({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "status": status}).ready == ready


@pytest.mark.parametrize(
    ("mode", "phase", "creating", "ready"),
    [
        ("Immediate", "Bound", True, True),
        ("Immediate", "Pending", True, False),
        ("WaitForFirstConsumer", "Pending", True, True),
        ("WaitForFirstConsumer", "Bound", True, False),
        ("WaitForFirstConsumer", "Bound", False, True),
        (None, "Pending", True, False),
    ],
)
def test_claim(mode: str | None, phase: str, creating: bool, ready: bool):
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {}, "status": {"phase": phase}}
    claim["spec"] = {"storageClassName": "c"} if mode else {}

    verdict = judge(claim, Around(StorageClass_c={"volumeBindingMode": mode}), creating)

    assert verdict.ready == ready


READY_SUBSET = {"addresses": [{"ip": "10.0.0.1"}]}


@pytest.mark.parametrize(
    ("spec", "endpoints", "ready"),
    [
        ({"selector": {"a": "b"}}, None, False),
        ({"selector": {"a": "b"}}, {"subsets": [READY_SUBSET]}, True),
        ({"selector": {"a": "b"}}, {"subsets": [{"notReadyAddresses": [{}]}]}, False),
        ({"selector": {"a": "b"}}, {}, True),
        ({"selector": {"a": "b"}, "clusterIP": "None"}, None, True),
        ({"type": "ExternalName", "selector": {"a": "b"}}, None, True),
        ({}, None, True),
        ({"type": "LoadBalancer", "selector": {"a": "b"}}, {"subsets": [READY_SUBSET]}, False),
    ],
)
def test_service(spec: dict, endpoints: dict | None, ready: bool):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}
    around = Around(Endpoints_s=endpoints) if endpoints is not None else Around()

    assert judge(service, around).ready == ready


def test_ingress_needs_endpoints_and_an_address():
    backend = {"service": {"name": "s"}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"rules": [{"http": {"paths": [{"backend": backend}]}}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}},
    }

    assert not judge(ingress).ready
    assert judge(ingress, Around(Endpoints_s={})).ready
    assert judge(ingress, Around(Service_s={"spec": {"type": "ExternalName"}})).ready
    assert not judge(ingress | {"status": {}}, Around(Endpoints_s={})).ready


@pytest.mark.parametrize(
    ("obj", "ready"),
    [
        ({"kind": "PersistentVolume", "status": {"phase": "Available"}}, True),
        ({"kind": "PersistentVolume", "status": {"phase": "Pending"}}, False),
        ({"kind": "ReplicationController", "spec": {"replicas": 1}, "status": {"availableReplicas": 1}}, True),
        ({"kind": "ReplicationController", "spec": {"replicas": 1}, "status": {}}, False),
        ({"kind": "ResourceQuota", "spec": {"hard": {"pods": "1"}}, "status": {"hard": {"pods": "1"}}}, True),
        ({"kind": "ResourceQuota", "spec": {"hard": {"pods": "1"}}}, False),
        ({"kind": "Secret", "type": "Opaque"}, True),
        ({"kind": "Secret", "type": "kubernetes.io/service-account-token"}, False),
        ({"kind": "Secret", "type": "kubernetes.io/service-account-token", "data": {"token": "x"}}, True),
    ],
)
def test_other_kinds(obj: dict, ready: bool):
    assert judge({"apiVersion": "v1", "metadata": {}, **obj}).ready == ready


def test_kinds_without_a_rule_are_ready_at_once():
    assert readiness.rule_for({"apiVersion": "v1", "kind": "ConfigMap"}) is None
    assert readiness.rule_for({"apiVersion": "example.org/v1", "kind": "StatefulSet"}) is None
