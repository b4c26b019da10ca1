"""`Foundation`: what all projects stand on — the system namespace and the priority classes."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from components import labels, restricted
from components.node_pool.contract import PRIORITY_INTERACTIVE
from components.node_pool.warm import PRIORITY_PLACEHOLDER
from components.objects import Manifest, check_keys, declare
from components.pull_secret import pull_secret


class FoundationArgs(TypedDict):
    """Inputs of `Foundation`."""

    pull_configuration: NotRequired[Input[str]]
    """Docker's configuration with the account that pulls images; becomes the Secret `registry-pull`."""


# Workspaces evict placeholders and jobs of projects, never each other, as they all have the same priority. The
# platform's jobs have it, too, and evict nobody: a copy of packages must end no kernel, nor a workspace that starts a
# collection half way. The placeholder's value is the lowest that the cluster autoscaler still adds nodes for (its flag
# --expendable-pods-priority-cutoff, -10).
PRIORITIES = {
    restricted.PRIORITY: (1_000_000, "PreemptLowerPriority", "The platform's own programs that serve everybody."),
    restricted.JOB_PRIORITY: (10_000, "Never", "The platform's own jobs: they wait for room."),
    PRIORITY_INTERACTIVE: (
        10_000,
        "PreemptLowerPriority",
        "Workspaces that people work in; they evict placeholders.",
    ),
    "slate-batch": (1_000, "Never", "Unattended jobs of projects."),
    PRIORITY_PLACEHOLDER: (-10, "Never", "Room held for the next workspace."),
}


def priority_classes() -> list[Manifest]:
    """One PriorityClass for each kind of work."""
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name, "labels": labels.standard(name, "priority")},
            "value": value,
            "preemptionPolicy": policy,
            "description": description,
        }
        for name, (value, policy, description) in PRIORITIES.items()
    ]


def system_namespace() -> Manifest:
    """The namespace of the platform's own programs."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": labels.SYSTEM_NAMESPACE,
            "labels": labels.standard(labels.SYSTEM_NAMESPACE, "system") | labels.guarded("platform"),
        },
    }


class Foundation(pulumi.ComponentResource):
    """The system namespace and the priority classes; declared once a cluster, before everything else."""

    namespace: Output[str]
    """Name of the system namespace."""

    def __init__(self, name: str, args: FoundationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Foundation", name, {}, opts)
        check_keys(f"Foundation {name!r}", args, FoundationArgs)
        child = ResourceOptions(parent=self)
        namespace = declare(kubernetes.core.v1.Namespace, labels.SYSTEM_NAMESPACE, system_namespace(), child)
        for manifest in priority_classes():
            declare(kubernetes.scheduling.v1.PriorityClass, manifest["metadata"]["name"], manifest, child)
        self.namespace = namespace.metadata["name"]
        configuration = args.get("pull_configuration")
        if configuration is not None:
            secret = pull_secret(restricted.metadata(labels.PULL_SECRET, "system"), configuration)
            inside = ResourceOptions(parent=self, depends_on=[namespace])
            declare(kubernetes.core.v1.Secret, labels.SYSTEM_NAMESPACE, secret, inside)
        self.register_outputs({"namespace": self.namespace})
