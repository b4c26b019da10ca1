"""`Workspace`: one user's JupyterLab and SSH, with a home that outlives it."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components import labels
from components.objects import check_keys, declare, declare_untyped
from components.workspace.args import WorkspaceArgs
from components.workspace.stateful_set import grown_claim, stateful_set

__all__ = ["Workspace", "WorkspaceArgs"]

# Claim templates cannot change after creation (a grown home is patched in place), and nobody but `/scale` moves
# the replicas.
IGNORED = ["spec.replicas", "spec.volumeClaimTemplates"]


class Workspace(pulumi.ComponentResource):
    """One user's workspace: a StatefulSet of one pod, or none while it sleeps.

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
        check_keys(f"Workspace {name!r}", args, WorkspaceArgs)
        declare_untyped(name, stateful_set(args), ResourceOptions(parent=self, ignore_changes=IGNORED))
        if args.get("grow_home"):
            # Handing the size back would shrink the claim, which is not possible: on removal only Pulumi forgets it.
            declare(
                kubernetes.core.v1.PersistentVolumeClaimPatch,
                name,
                grown_claim(args),
                ResourceOptions(parent=self, retain_on_delete=True),
            )
        self.host = Output.from_input(args["host"])
        self.ssh = Output.from_input(ssh_command(args["host"]))
        self.pod = Output.concat(args["name"], "-0.", labels.SHARED_SERVICE, ".", args["namespace"], ".svc")
        # They follow from the inputs, so the state of a large fleet need not hold them a second time.
        self.register_outputs({})


def ssh_command(host: str) -> str:
    """The command that opens a shell in the workspace."""
    return f"ssh -p {labels.PORT_SSH} workspace@{host}"
