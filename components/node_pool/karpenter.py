"""Backend `karpenter`: one `karpenter.sh/v1` NodePool that never moves a running workspace."""

from typing import Any

from components import labels
from components.node_pool.args import NodePoolArgs
from components.node_pool.contract import accelerator_resource, most_nodes, pool_labels, pool_taints
from components.objects import Manifest, present

# Only empty nodes go, one at a time. A drifted node goes once it is empty: with a termination grace period Karpenter
# would otherwise drain it in spite of budgets for pods and of `do-not-disrupt`.
BUDGETS = [{"nodes": "1", "reasons": ["Empty"]}, {"nodes": "0", "reasons": ["Drifted", "Underutilized"]}]


def node_pool(args: NodePoolArgs) -> Manifest:
    """Karpenter's NodePool.

    `WhenEmpty` and no expiry, because underutilisation, expiry and drift are what takes nodes from under
    interactive users (see Karpenter's documentation, "Disruption"). Hibernation empties the nodes instead.
    """
    backend = args["backend"]
    disruption = args.get("disruption") or {}
    requirements: list[dict[str, Any]] = [
        {
            "key": "kubernetes.io/arch",
            "operator": "In",
            "values": [args["shape"].get("architecture") or "amd64"],
        }
    ]
    if args.get("zones"):
        requirements.append(
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": list(args.get("zones") or ())}
        )
    requirements += [dict(requirement) for requirement in backend.get("requirements") or ()]
    frozen = [
        {"nodes": "0", "schedule": freeze["schedule"], "duration": freeze["duration"]}
        for freeze in disruption.get("freeze") or ()
    ]
    # The label of the product is the node's own (GPU Feature Discovery); Karpenter must not promise it.
    own_labels = {key: value for key, value in pool_labels(args).items() if not key.startswith("nvidia.com/")}
    spec: dict[str, Any] = {
        "template": {
            "metadata": {"labels": own_labels},
            "spec": {
                "nodeClassRef": dict(backend["node_class"]),  # pyright: ignore[reportTypedDictNotRequiredAccess]
                "requirements": requirements,
                "taints": [present(taint) for taint in pool_taints(args)] or None,
                "expireAfter": "Never",
                "terminationGracePeriod": disruption.get("termination_grace_period"),
            },
        },
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": disruption.get("consolidate_after") or "15m",
            "budgets": [*BUDGETS, *frozen],
        },
        "limits": _limits(args),
        "weight": backend.get("weight"),
    }
    spec["template"]["spec"] = present(spec["template"]["spec"])
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {
            "name": args["name"],
            "labels": labels.standard(args["name"], "node-pool", pool=args["name"]),
        },
        "spec": present(spec),
    }


def _limits(args: NodePoolArgs) -> dict[str, Any] | None:
    """The pool's ceiling: nodes, and accelerators since those are what costs."""
    most = most_nodes(args)
    if not most:
        return None
    limits: dict[str, Any] = {"nodes": str(most)}
    accelerator = args.get("accelerator")
    if accelerator:
        limits[accelerator_resource(accelerator)] = str(most * int(accelerator["count"]))
    return limits
