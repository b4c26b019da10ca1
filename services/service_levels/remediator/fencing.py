"""Fencing of a lost node: saying to Kubernetes that it is out of service, so that its pods are made elsewhere.

A StatefulSet's pod on a node that does not answer is not replaced: it may still run, and write to its home. The taint
`node.kubernetes.io/out-of-service` makes Kubernetes drop the pods and their attachments all the same, which damages
homes if the machine runs on. So this is off by default, and needs somebody who knows that the machine is off: the
cloud's controller (its taint), or a person or power switch (an annotation that holds the boot that has ended).
Source: Kubernetes documentation, "Non-graceful node shutdown".
"""

import datetime
from collections.abc import Iterable
from typing import Any

from services.service_levels.kubernetes import Api, Object
from services.service_levels.remediator.facts import condition, moment

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
SHUT_DOWN = "node.cloudprovider.kubernetes.io/shutdown"
POWERED_OFF = "slate.dev/powered-off"
"""Annotation of a node: the boot id of the boot that was ended, so that an old one confirms nothing later."""
FENCED_BY = "slate.dev/fenced-by"
SELF = "remediator"
SILENT = datetime.timedelta(minutes=5)
TAINT = {"key": OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"}


def is_off(node: Object, now: datetime.datetime) -> bool:
    """Whether a node has been silent for five minutes and is confirmed to be off."""
    ready = condition(node, "Ready")
    since = moment(ready.get("lastTransitionTime"))
    # False would come from a kubelet that is alive.
    if ready.get("status") != "Unknown" or since is None or now - since < SILENT:
        return False
    if any(taint.get("key") == SHUT_DOWN for taint in _taints(node)):
        return True
    boot = (node.get("status") or {}).get("nodeInfo", {}).get("bootID")
    return bool(boot) and (node["metadata"].get("annotations") or {}).get(POWERED_OFF) == boot


def objection(nodes: Iterable[Object]) -> str | None:
    """Why no node may be fenced now, or None: one at a time, and never when half of them are lost."""
    everything = list(nodes)
    if any(taint.get("key") == OUT_OF_SERVICE for node in everything for taint in _taints(node)):
        return "node-fenced-already"
    lost = sum(condition(node, "Ready").get("status") != "True" for node in everything)
    return "nodes-lost" if lost * 2 >= len(everything) else None


async def fence(api: Api, node: Object) -> None:
    """Say that a node is out of service, if it has not changed since it was looked at.

    Raises:
        ApiError: It has changed (409), or the API server does not allow it.
    """
    await _change(api, node, [*_taints(node), TAINT], SELF)


async def release(api: Api, nodes: Iterable[Object]) -> list[str]:
    """Take back what `fence` did where a node is ready again.

    Returns:
        Names of the nodes.

    Raises:
        ApiError: The API server does not allow it.
    """
    released = []
    for node in nodes:
        own = (node["metadata"].get("annotations") or {}).get(FENCED_BY) == SELF
        if own and condition(node, "Ready").get("status") == "True":
            rest = [taint for taint in _taints(node) if taint.get("key") != OUT_OF_SERVICE]
            await _change(api, node, rest, None)
            released.append(node["metadata"]["name"])
    return released


async def _change(api: Api, node: Object, taints: list[Any], by: str | None) -> None:
    metadata = {"resourceVersion": node["metadata"]["resourceVersion"], "annotations": {FENCED_BY: by}}
    await api.merge(f"/api/v1/nodes/{node['metadata']['name']}", {"metadata": metadata, "spec": {"taints": taints}})


def _taints(node: Object) -> list[Any]:
    return (node.get("spec") or {}).get("taints") or []
