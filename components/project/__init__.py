"""`Project`: a team's namespace with its ceiling, its isolation, and all that its workspaces share."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components import labels
from components.objects import Manifest, check_keys, declare
from components.project import access, network, quota
from components.project.args import ProjectArgs
from components.project.metadata import metadata
from components.pull_secret import pull_secret

__all__ = ["Project", "ProjectArgs"]


def project_namespace(args: ProjectArgs) -> Manifest:
    """The project's namespace, guarded by the rules and by Pod Security `restricted`."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": labels.namespace_of(args["name"]),
            "labels": labels.standard(args["name"], "project", project=args["name"]) | labels.guarded("tenant"),
        },
    }


class Project(pulumi.ComponentResource):
    """A team's namespace.

    Only the Namespace bears Pulumi's protection; nothing may have it as its parent, since children inherit it.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    namespace: Output[str]
    """Name of the namespace."""

    def __init__(self, name: str, args: ProjectArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Project", name, {}, opts)
        check_keys(f"Project {name!r}", args, ProjectArgs)
        # A component's own dependencies do not reach its children, so the namespace takes them: what is inside is
        # deleted before the namespace, and the namespace before the nodes that its pods ran on.
        first = ResourceOptions(
            parent=self, protect=args.get("protected", True), depends_on=opts.depends_on if opts else None
        )
        made = declare(kubernetes.core.v1.Namespace, name, project_namespace(args), first)
        self.namespace = made.metadata["name"]
        inside = ResourceOptions(parent=self, depends_on=[made])
        self._create_limits(name, args, inside)
        self._create_isolation(name, args, inside)
        self._create_access(name, args, inside)
        self.register_outputs({"namespace": self.namespace})

    def _create_limits(self, name: str, args: ProjectArgs, opts: ResourceOptions) -> None:
        declare(kubernetes.core.v1.ResourceQuota, name, quota.resource_quota(args), opts)
        declare(kubernetes.core.v1.LimitRange, name, quota.limit_range(args), opts)
        declare(kubernetes.policy.v1.PodDisruptionBudget, name, quota.disruption_budget(args), opts)

    def _create_isolation(self, name: str, args: ProjectArgs, opts: ResourceOptions) -> None:
        for manifest in (
            network.default_deny(args),
            network.allow_platform(args),
            network.allow_egress(args),
        ):
            suffix = manifest["metadata"]["name"]
            declare(kubernetes.networking.v1.NetworkPolicy, f"{name}--{suffix}", manifest, opts)

    def _create_access(self, name: str, args: ProjectArgs, opts: ResourceOptions) -> None:
        declare(kubernetes.core.v1.ServiceAccount, name, access.service_account(args), opts)
        declare(kubernetes.rbac.v1.Role, name, access.member_role(args), opts)
        binding = access.member_binding(args)
        if binding:
            declare(kubernetes.rbac.v1.RoleBinding, name, binding, opts)
        healing = access.remediator_binding(args)
        if healing:
            declare(kubernetes.rbac.v1.RoleBinding, f"{name}--{labels.REMEDIATOR}", healing, opts)
        declare(kubernetes.core.v1.Service, name, access.shared_service(args), opts)
        declare(kubernetes.core.v1.ConfigMap, name, access.ssh_keys(args), opts)
        declare(kubernetes.core.v1.Secret, name, access.tokens(args), opts)
        configuration = args.get("pull_configuration")
        if configuration is not None:
            secret = pull_secret(metadata(args, labels.PULL_SECRET, "access"), configuration)
            declare(kubernetes.core.v1.Secret, f"{name}--{labels.PULL_SECRET}", secret, opts)
