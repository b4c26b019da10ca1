"""The stack: one program that turns a Kubernetes cluster into a workspace service.

Pulumi.<stack>.yaml -> settings -> Foundation -> NodePool -> scheduling contract
                                       |                        |
                                       +----> Project ----> Workspace (StatefulSet, home)
"""

import sys
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from components import homes, observation
from components.foundation import Foundation
from components.node_pool import NodePool
from components.node_pool.contract import contracts
from components.platform_reference import confirm_platform
from components.project import Project
from components.workspace import declare_workspace, ssh_command
from settings import Settings, SettingsError, arguments, from_config, load
from settings.quantity import parse_quantity


def stack_settings() -> Settings:
    """The stack's settings, parsed and checked once; the secret is never among them."""
    given = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    own = {key.removeprefix("slate:"): text for key, text in given.items() if key.startswith("slate:")}
    return load(from_config(own), source=f"Pulumi.{pulumi.get_stack()}.yaml")


def observe(settings: Settings) -> observation.Observation:
    """What the cluster has already: homes and their owners, nodes of existing pools."""
    existing = any(pool.backend.type == "existing" for pool in settings.node_pools)
    return observation.read(
        homes=settings.scope != "platform",
        nodes=existing and settings.scope != "projects",
        context=settings.kubernetes.context,
    )


def platform(settings: Settings, found: observation.Observation, opts: ResourceOptions) -> list[pulumi.Resource]:
    """The half that a cluster has once: system namespace, priority classes, node pools."""
    foundation = Foundation("slate", {}, opts)
    after = ResourceOptions(provider=opts.provider, depends_on=[foundation])
    pools = [
        NodePool(pool.name, cast(Any, arguments.node_pool(pool, settings, found.nodes)), after)
        for pool in settings.node_pools
    ]
    pulumi.export("node_pools", [pool.name for pool in settings.node_pools])
    return [foundation, *pools]


def projects(settings: Settings, found: observation.Observation, opts: ResourceOptions, needed: list[Any]) -> None:
    """The half of the teams: each project and its workspaces."""
    secret = pulumi.Config("slate").require_secret("tokenSecret")
    fleet = settings.fleet()
    spaces = [space for team in fleet for space in team.workspaces]
    growing = homes.plan(spaces, found.homes, parse_quantity)
    offers = {pool.name: contracts(cast(Any, arguments.node_pool(pool, settings))) for pool in settings.node_pools}
    after = ResourceOptions.merge(opts, ResourceOptions(depends_on=needed))
    for team in fleet:
        project = Project(team.name, cast(Any, arguments.project(team, settings, secret)), after)
        for space in team.workspaces:
            args = arguments.workspace(space, team, settings, offers[space.pool][space.profile])
            args |= {"namespace": project.namespace, "grow_home": homes.claim_key(space) in growing}
            declare_workspace(f"{space.name}--{team.name}", cast(Any, args), ResourceOptions(parent=project))
    pulumi.export("namespaces", [team.namespace for team in fleet])
    pulumi.export("workspaces", [arguments.row(space) | {"ssh": ssh_command(space.host)} for space in spaces])


def main() -> None:
    """Declare the halves that the stack's scope asks for."""
    settings = stack_settings()
    found = observe(settings)
    cluster = kubernetes.Provider(
        "cluster",
        context=settings.kubernetes.context,
        cluster_identifier=pulumi.get_stack(),  # a new address or kubeconfig is not a new cluster: never replace all
        enable_config_map_mutable=True,  # with fixed names they are updated in place
        enable_secret_mutable=True,
    )
    opts = ResourceOptions(provider=cluster)
    if settings.scope == "projects":
        used = sorted({pool for team in settings.fleet() for pool in team.pools})
        needed: list[Any] = [confirm_platform(settings.platform_stack or "", used)]
    else:
        needed = platform(settings, found, opts)
    if settings.scope != "platform":
        projects(settings, found, opts, needed)


try:
    main()
except (SettingsError, homes.HomeError, observation.ObservationError, ValueError) as problem:
    pulumi.log.error(str(problem))
    sys.exit(32)  # tells the language host that the user has been told, so that no second error follows
