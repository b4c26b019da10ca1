"""`NodePool`: nodes of one kind, and the scheduling contract by which workspaces use them."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components.node_pool import existing, karpenter, managed, simulated, warm
from components.node_pool.args import NodePoolArgs
from components.node_pool.contract import accelerator_resource, contracts, most_nodes
from components.objects import check_keys, declare, present
from components.scheduling import SchedulingContract, exported

BACKENDS = ("existing", "karpenter", "simulated", "managed")

__all__ = ["BACKENDS", "NodePool", "NodePoolArgs"]


class NodePool(pulumi.ComponentResource):
    """Nodes of one kind.

    What it gives to workspaces is a scheduling contract for each profile; how the nodes come to be (the backend)
    never shows beyond this component.

    Raises:
        ValueError: An argument is unknown or missing, or the backend is not one of the four.
    """

    pool_name: Output[str]
    """Name of the pool."""
    profiles: Output[Mapping[str, SchedulingContract]]
    """The scheduling contract of each profile, by name."""

    contracts: Mapping[str, SchedulingContract]

    def __init__(self, name: str, args: NodePoolArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:NodePool", name, _size(args), opts)
        check_keys(f"NodePool {name!r}", args, NodePoolArgs)
        self._create_nodes(name, args)
        self._create_helpers(name, args)
        self.contracts = contracts(args)
        self.pool_name = Output.from_input(args["name"])
        self.profiles = Output.from_input({key: exported(value) for key, value in self.contracts.items()})  # pyright: ignore
        self.register_outputs({"poolName": self.pool_name, "profiles": self.profiles})

    def _create_nodes(self, name: str, args: NodePoolArgs) -> None:
        opts = ResourceOptions(parent=self)
        backend = args["backend"]["type"]
        if backend == "existing":
            for warning in existing.warnings(args):
                pulumi.log.warn(warning, resource=self)
            for patch in existing.node_patches(args):
                declare(kubernetes.core.v1.NodePatch, f"{name}-{patch['metadata']['name']}", patch, opts)
        elif backend == "karpenter":
            manifest = karpenter.node_pool(args)
            kubernetes.apiextensions.CustomResource(
                name,
                api_version=manifest["apiVersion"],
                kind=manifest["kind"],
                metadata=manifest["metadata"],
                spec=manifest["spec"],
                opts=opts,
            )
        elif backend == "simulated":
            for node in simulated.nodes(args):
                declare(kubernetes.core.v1.Node, node["metadata"]["name"], node, opts)
        elif backend == "managed":
            managed.create(args, parent=self)
        else:
            raise ValueError(f"NodePool {name!r}: unknown backend {backend!r}; allowed: {', '.join(BACKENDS)}")

    def _create_helpers(self, name: str, args: NodePoolArgs) -> None:
        opts = ResourceOptions(parent=self)
        deployment = warm.placeholders(args)
        if deployment:
            declare(kubernetes.apps.v1.Deployment, f"{name}-placeholder", deployment, opts)
        daemon_set = warm.pre_pull(args)
        if daemon_set:
            declare(kubernetes.apps.v1.DaemonSet, f"{name}-pre-pull", daemon_set, opts)


def _size(args: NodePoolArgs) -> dict[str, Any]:
    """What a preview needs to know of the pool as it was, and finds in the state: its nodes and accelerators.

    No other object says it for every backend.
    """
    size, accelerator = args.get("size") or {}, args.get("accelerator")
    least = int(size.get("fixed") or size.get("min") or 0)
    found: dict[str, Any] = {"least": least, "most": most_nodes(args)}
    if accelerator:
        found["resource"] = accelerator_resource(accelerator)
        found["product"] = accelerator.get("product")
    return present(found)
