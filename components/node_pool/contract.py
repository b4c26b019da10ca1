"""From a pool's description to its scheduling contract. Pure: every backend and scope shares it."""

from collections.abc import Mapping
from typing import Any

from components import labels
from components.node_pool.args import AcceleratorArgs, NodePoolArgs, ProfileArgs, TaintArgs
from components.scheduling import SchedulingContract, Toleration

PRIORITY_INTERACTIVE = "slate-interactive"

# Keep a running workspace where it is: Karpenter and the cluster autoscaler each read their own annotation.
POD_ANNOTATIONS = {
    "karpenter.sh/do-not-disrupt": "true",
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
}

GPU_TAINT: TaintArgs = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
"""The taint by which GPU nodes keep other pods away; NVIDIA's own operands tolerate it."""


def most_nodes(args: NodePoolArgs) -> int:
    """How many nodes the pool may have; 0 if nothing says it."""
    size = args.get("size") or {}
    return int(size.get("fixed") or size.get("max") or 0)


def accelerator_resource(accelerator: AcceleratorArgs) -> str:
    """Name of the extended resource: a MIG slice has a name of its own (NVIDIA, "MIG support in Kubernetes")."""
    if accelerator.get("sharing", "none") == "mig":
        return f"nvidia.com/mig-{accelerator.get('mig_profile')}"
    return accelerator.get("resource") or "nvidia.com/gpu"


def pool_taints(args: NodePoolArgs) -> list[TaintArgs]:
    """Taints of the pool's nodes: the accelerator's first, then those given."""
    given = list(args.get("taints") or ())
    if args.get("accelerator") and not any(taint["key"] == GPU_TAINT["key"] for taint in given):
        return [GPU_TAINT, *given]
    return given


def pool_labels(args: NodePoolArgs) -> dict[str, str]:
    """Labels of the pool's nodes."""
    out = {labels.POOL: args["name"], **(args.get("labels") or {})}
    product = (args.get("accelerator") or {}).get("product")
    return out | ({"nvidia.com/gpu.product": product} if product else {})


def _selector(args: NodePoolArgs) -> dict[str, str]:
    backend = args["backend"]
    if backend["type"] != "existing" or backend.get("manage_labels"):
        return {labels.POOL: args["name"]}
    selector = dict(backend.get("node_selector") or {})
    product = (args.get("accelerator") or {}).get("product")
    return selector | ({"nvidia.com/gpu.product": product} if product else {})


def _tolerations(args: NodePoolArgs) -> list[Toleration]:
    out: list[Toleration] = []
    for taint in pool_taints(args):
        if taint.get("value"):
            out.append(
                {
                    "key": taint["key"],
                    "operator": "Equal",
                    "value": taint.get("value", ""),
                    "effect": taint["effect"],
                }
            )
        else:
            out.append({"key": taint["key"], "operator": "Exists", "effect": taint["effect"]})
    return out


def resources(args: NodePoolArgs, profile: ProfileArgs) -> tuple[dict[str, str], dict[str, str]]:
    """Requests and limits of a profile.

    Memory is requested in full, so that the kernel never has to choose between users. Extended resources must
    have equal requests and limits (Kubernetes documentation, "Extended resources").
    """
    disk = profile.get("ephemeral_storage") or "10Gi"
    requests = {"cpu": profile["cpu"], "memory": profile["memory"], "ephemeral-storage": disk}
    limits = requests | {"cpu": profile.get("cpu_limit") or profile["cpu"]}
    gpus = int(profile.get("gpus") or 0)
    accelerator = args.get("accelerator")
    if gpus and accelerator:
        name = accelerator_resource(accelerator)
        requests[name] = limits[name] = str(gpus)
    return requests, limits


def contract(args: NodePoolArgs, profile_name: str) -> SchedulingContract:
    """The scheduling contract of one profile of a pool.

    Raises:
        ValueError: The pool has no such profile; the message lists those it has.
    """
    profiles: Mapping[str, ProfileArgs] = {profile["name"]: profile for profile in args["profiles"]}
    profile = profiles.get(profile_name)
    if profile is None:
        raise ValueError(
            f"node pool {args['name']!r} has no profile {profile_name!r}; it has: {', '.join(sorted(profiles))}"
        )
    requests, limits = resources(args, profile)
    out: dict[str, Any] = {
        "pool": args["name"],
        "profile": profile_name,
        "node_selector": _selector(args),
        "tolerations": _tolerations(args),
        "requests": requests,
        "limits": limits,
        "shared_memory": profile.get("shared_memory") or "1Gi",
        "priority_class": PRIORITY_INTERACTIVE,
        "pod_annotations": dict(POD_ANNOTATIONS),
    }
    if args.get("user_namespaces"):
        out["user_namespaces"] = True
    runtime_class = (args.get("accelerator") or {}).get("runtime_class")
    if runtime_class and int(profile.get("gpus") or 0):
        out["runtime_class"] = runtime_class
    return SchedulingContract(**out)


def contracts(args: NodePoolArgs) -> dict[str, SchedulingContract]:
    """The contract of each profile, by name."""
    return {profile["name"]: contract(args, profile["name"]) for profile in args["profiles"]}
