"""The scheduling contract: all that a workspace knows of the pool it runs on."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class Toleration(TypedDict):
    """One toleration of a pod, in Kubernetes' own words."""

    key: str
    """Key of the taint."""
    operator: str
    """`Equal` or `Exists`."""
    value: NotRequired[str]
    """Value of the taint; only with `Equal`."""
    effect: str
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`."""


class SchedulingContract(TypedDict):
    """Where a pod of one profile runs and what it may use."""

    pool: str
    """Name of the node pool."""
    profile: str
    """Name of the profile."""
    node_selector: Mapping[str, str]
    """Labels that the node must bear."""
    tolerations: Sequence[Toleration]
    """Taints of the pool's nodes that the pod tolerates."""
    requests: Mapping[str, str]
    """Resource requests, by resource name, as Kubernetes quantities."""
    limits: Mapping[str, str]
    """Resource limits, by resource name, as Kubernetes quantities."""
    shared_memory: str
    """Size of `/dev/shm`, a quantity; it counts against the memory limit."""
    priority_class: str
    """Name of the PriorityClass."""
    runtime_class: NotRequired[str]
    """Name of the RuntimeClass, where the pool's accelerator needs one."""
    user_namespaces: NotRequired[bool]
    """Whether the pod's user ids are others on the node (default false)."""
    pod_annotations: Mapping[str, str]
    """Annotations that keep autoscalers from evicting a running workspace."""


# Outputs of a component cross languages as they are; Pulumi translates the keys of inputs only.
_EXPORTED = {
    "node_selector": "nodeSelector",
    "shared_memory": "sharedMemory",
    "priority_class": "priorityClass",
    "runtime_class": "runtimeClass",
    "user_namespaces": "userNamespaces",
    "pod_annotations": "podAnnotations",
}


def exported(contract: SchedulingContract) -> dict[str, object]:
    """The contract with the keys that the package's schema gives it, for programs in other languages."""
    return {_EXPORTED.get(key, key): value for key, value in contract.items()}


def pod_scheduling(contract: SchedulingContract) -> dict[str, object]:
    """The part of a pod's specification that places it.

    With user namespaces, Pod Security no longer demands that a pod runs as another user than root (KEP-127, relaxed
    policy); the pods of this contract say so themselves.
    """
    spec: dict[str, object] = {
        "nodeSelector": dict(contract["node_selector"]),
        "priorityClassName": contract["priority_class"],
    }
    if contract["tolerations"]:
        spec["tolerations"] = [dict(toleration) for toleration in contract["tolerations"]]
    if contract.get("runtime_class"):
        spec["runtimeClassName"] = contract.get("runtime_class")
    if contract.get("user_namespaces"):
        spec["hostUsers"] = False
    return spec
