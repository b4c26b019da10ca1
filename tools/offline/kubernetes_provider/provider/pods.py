"""Why the Pods of a workload are not ready, in one line each."""

from collections.abc import Iterator
from typing import Any

from . import readiness
from .errors import ProviderError

Object = dict[str, Any]

MOST = 5  # lines; a workload of many Pods fails in the same way many times
OWNERS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicationController"})


def problems(client: Any, obj: Object) -> list[str]:
    """What keeps the object's Pods from being ready; nothing if the object has none or they cannot be read."""
    if obj.get("kind") == "Pod":
        return list(of_pod(obj))[:MOST]
    if obj.get("kind") not in OWNERS:
        return []
    selector = obj["spec"].get("selector") or {}
    labels = selector.get("matchLabels", selector if obj["kind"] == "ReplicationController" else {})
    if not labels:
        return []
    wanted = ",".join(f"{name}={value}" for name, value in labels.items())
    try:
        found = client.items("v1", "Pod", obj["metadata"].get("namespace"), wanted)
    except ProviderError:
        return []
    return [line for pod in found for line in of_pod(pod)][:MOST]


def of_pod(pod: Object) -> Iterator[str]:
    """What keeps one Pod from being ready."""
    name = pod["metadata"]["name"]
    if readiness.holds(pod, "Ready") or readiness.status(pod).get("phase") == "Succeeded":
        return
    for kind in ("PodScheduled", "Initialized", "Ready"):
        found = readiness.condition(pod, kind)
        if found.get("status") == "False" and found.get("message"):
            yield f"[Pod {name}]: {found['message']}"
            break
    for container in readiness.status(pod).get("containerStatuses") or []:
        state = container.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
        if waiting.get("reason") and waiting["reason"] != "ContainerCreating":
            yield f"[Pod {name}]: container {container['name']}: [{waiting['reason']}] {waiting.get('message', '')}"
        elif ended.get("reason"):
            yield f"[Pod {name}]: container {container['name']} ended with exit code {ended.get('exitCode')}"
