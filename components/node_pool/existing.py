"""Backend `existing`: nodes that are there already. Labels are set only when asked for; taints never.

A node's taints are one list to server-side apply: whoever patches it owns all of it and fights with the node
lifecycle controller. So the pool's taints are assumed and checked, not written.
"""

from collections.abc import Mapping

from components import labels
from components.node_pool.args import FoundNodeArgs, NodePoolArgs, TaintArgs
from components.node_pool.contract import accelerator_resource, contracts, pool_taints
from components.objects import Manifest
from components.quantity import amount
from components.scheduling import SchedulingContract


def node_patches(args: NodePoolArgs) -> list[Manifest]:
    """Partial Nodes that carry only the pool's labels, for the nodes that are named."""
    backend = args["backend"]
    if not backend.get("manage_labels"):
        return []
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": node, "labels": {labels.POOL: args["name"], **(args.get("labels") or {})}},
        }
        for node in backend.get("nodes") or ()
    ]


def warnings(args: NodePoolArgs) -> list[str]:
    """What does not fit between the pool's description and the cluster's nodes; empty if all is well."""
    found = args.get("found_nodes")
    if found is None or args["backend"]["type"] != "existing":
        return []
    name = args["name"]
    mine = [node for node in found if _belongs(args, node)]
    if not mine:
        return [f"node pool {name!r}: no node of the cluster matches {_wanted(args)}; its workspaces will stay pending"]
    out = []
    size = (args.get("size") or {}).get("fixed")
    if size is not None and len(mine) != int(size):
        out.append(f"node pool {name!r}: {len(mine)} nodes match, the settings say {int(size)}")
    offered = contracts(args).values()
    for node in mine:
        foreign = [
            f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
            for taint in node.get("taints") or ()
            if taint["effect"] != "PreferNoSchedule" and not _tolerated(args, taint)
        ]
        if foreign:
            out.append(
                f"node pool {name!r}: node {node['name']} bears taints no workspace tolerates: {', '.join(foreign)}"
            )
        accelerator = args.get("accelerator")
        if accelerator and not int(node["allocatable"].get(accelerator_resource(accelerator), "0")):
            resource = accelerator_resource(accelerator)
            out.append(
                f"node pool {name!r}: node {node['name']} announces no {resource}; is the device plugin running?"
            )
        if args.get("user_namespaces") and node.get("user_namespaces") is False:
            out.append(
                f"node pool {name!r}: the container runtime of node {node['name']} has no user namespaces (needs Linux "
                "6.3, containerd 2 and runc 1.2): its workspaces will not start"
            )
        if not any(_fits(contract, node) for contract in offered):
            out.append(f"node pool {name!r}: node {node['name']} has no room for any profile, even when it is empty")
    return out


def _tolerated(args: NodePoolArgs, taint: TaintArgs) -> bool:
    """Whether the pool's workspaces tolerate it: same key and effect, and same value where the pool names one."""
    return any(
        own["key"] == taint["key"]
        and own["effect"] == taint["effect"]
        and own.get("value") in (None, "", taint.get("value"))
        for own in pool_taints(args)
    )


def _fits(contract: SchedulingContract, node: FoundNodeArgs) -> bool:
    allocatable = node["allocatable"]
    return all(
        amount(allocatable.get(resource, "0")) >= amount(wanted) for resource, wanted in contract["requests"].items()
    )


def _wanted(args: NodePoolArgs) -> str:
    backend = args["backend"]
    if backend.get("manage_labels"):
        return f"the names {', '.join(backend.get('nodes') or ())}"
    return f"the labels {_text(next(iter(contracts(args).values()))['node_selector'])}"


def _belongs(args: NodePoolArgs, node: FoundNodeArgs) -> bool:
    backend = args["backend"]
    if backend.get("manage_labels"):
        return node["name"] in (backend.get("nodes") or ())
    selector = next(iter(contracts(args).values()))["node_selector"]
    return all(node["labels"].get(key) == value for key, value in selector.items())


def _text(selector: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
