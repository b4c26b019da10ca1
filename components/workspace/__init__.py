"""`Workspace`: one user's JupyterLab and SSH, with a home that outlives it."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components import labels
from components.objects import check_keys, declare, declare_untyped
from components.workspace.args import WorkspaceArgs
from components.workspace.stateful_set import grown_claim, stateful_set

__all__ = ["Workspace", "WorkspaceArgs", "declare_workspace", "ssh_command"]

# Claim templates cannot change after creation (a grown home is patched in place), and nobody but `/scale` moves
# the replicas.
IGNORED = ["spec.replicas", "spec.volumeClaimTemplates"]


def declare_workspace(name: str, args: WorkspaceArgs, opts: ResourceOptions) -> None:
    """Declare a workspace's objects directly: one resource a workspace, for fleets of thousands.

    Args:
        name: Pulumi's name of the resources, unique in the stack.
        args: As of `Workspace`.
        opts: Their options, such as the project as their parent.

    Raises:
        ValueError: An argument is unknown or missing, or the state is not one of the two.
    """
    check_keys(f"Workspace {name!r}", args, WorkspaceArgs)
    ignoring = ResourceOptions.merge(opts, ResourceOptions(ignore_changes=IGNORED))
    declare_untyped(name, stateful_set(args), ignoring)
    if args.get("grow_home"):
        # Handing the size back would shrink the claim, which is not possible: on removal only Pulumi forgets it.
        keeping = ResourceOptions.merge(opts, ResourceOptions(retain_on_delete=True))
        declare(kubernetes.core.v1.PersistentVolumeClaimPatch, name, grown_claim(args), keeping)


class Workspace(pulumi.ComponentResource):
    """One user's workspace as a component: a StatefulSet of one pod, or none while it sleeps.

    For programs in other languages and for a handful of workspaces; the stack itself declares its fleet without the
    component around each, which would double the number of its resources.

    Raises:
        ValueError: An argument is unknown or missing, or the state is not one of the two.
    """

    host: Output[str]
    """Host name in the browser."""
    ssh: Output[str]
    """Command that opens a shell in the workspace."""
    pod: Output[str]
    """DNS name of the pod inside the cluster."""

    def __init__(self, name: str, args: WorkspaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Workspace", name, {}, opts)
        declare_workspace(name, args, ResourceOptions(parent=self))
        self.host = Output.from_input(args["host"])
        self.ssh = Output.from_input(ssh_command(args["host"]))
        self.pod = Output.concat(args["name"], "-0.", labels.SHARED_SERVICE, ".", args["namespace"], ".svc")
        self.register_outputs({"host": self.host, "ssh": self.ssh, "pod": self.pod})


def ssh_command(host: str) -> str:
    """The command that opens a shell in the workspace."""
    return f"ssh -p {labels.PORT_SSH} {labels.ACCOUNT}@{host}"
