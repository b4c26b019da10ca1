"""The stack: one program that turns a Kubernetes cluster into a workspace service.

Pulumi.<stack>.yaml -> settings -> Foundation -> ImageRegistry -> CondaMirror -> WorkspaceImages
                                       |                                               | digest
                                       +--> Guardrails (before any workspace) <- policies/
                                       +--> NodePool -> scheduling contract            v
                                       +--> Project -----------------------------> Workspace (StatefulSet, home)
                                       +--> ServiceLevels (rules, routes, contract), Remediator, Canary
"""

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from components import homes, labels, observation
from components.foundation import Foundation
from components.guardrails import Guardrails
from components.node_pool import NodePool
from components.node_pool.contract import contracts
from components.objects import present
from components.platform_reference import PlatformImages, confirm_platform
from components.project import Project
from components.registry_accounts import RegistryAccounts
from components.service_levels import ServiceLevels
from components.service_levels.canary import Canary
from components.service_levels.remediator import Remediator
from components.service_levels.shown import derive_key
from components.supply_chain import declare_supply_chain
from components.workspace import declare_workspace, ssh_command
from components.workspace_images.problem import ImagesError
from policies import admission
from settings import (
    Settings,
    SettingsError,
    arguments,
    complete,
    from_config,
    healing_arguments,
    load,
    service_level_arguments,
    supply,
)
from settings.canary import canary_space
from settings.quantity import parse_quantity

ROOT = Path(__file__).resolve().parent
Images = PlatformImages | Mapping[str, pulumi.Output[str]]


def stack_settings() -> Settings:
    """The stack's settings, parsed and checked once; secrets are never among them."""
    given = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    own = {key.removeprefix("slate:"): text for key, text in given.items() if key.startswith("slate:")}
    encrypted = [key for key in own if pulumi.runtime.is_config_secret(f"slate:{key}")]
    source = f"Pulumi.{pulumi.get_stack()}.yaml"
    settings = complete(load(from_config(own, encrypted), source), source)
    return settings.pulling_with(labels.PULL_SECRET) if "registryCredentials" in own else settings


def observe(settings: Settings) -> observation.Observation:
    """What the cluster has already: homes and their owners, nodes of existing pools."""
    if os.environ.get("SLATE_WITHOUT_CLUSTER") == "1" and pulumi.runtime.is_dry_run():
        return observation.Observation()  # `make policy` judges what would be declared, wherever that is
    existing = any(pool.backend.type == "existing" for pool in settings.node_pools)
    return observation.read(
        homes=settings.scope != "platform",
        nodes=existing and settings.scope != "projects",
        context=settings.kubernetes.context,
    )


def platform(
    settings: Settings, accounts: RegistryAccounts, found: observation.Observation, opts: ResourceOptions
) -> tuple[list[pulumi.Resource], Images]:
    """The half that a cluster has once: system namespace, guardrails, images, pools, service levels."""
    pull = accounts.pull_configuration(settings.registry.host, settings.registry.pull_secret)
    foundation = Foundation("slate", cast(Any, arguments.foundation(pull)), opts)
    after = ResourceOptions(provider=opts.provider, depends_on=[foundation])
    known = {"domain": settings.domain, "registry": {"host": settings.registry.host}}
    rules = admission.arguments(pulumi.get_stack(), known, datetime.now(UTC).date())
    guardrails = Guardrails("slate", cast(Any, rules), after)
    after = ResourceOptions(provider=opts.provider, depends_on=[foundation, guardrails])
    images = declare_supply_chain(cast(Any, supply.chain(settings, ROOT)), accounts, after)
    pools = [
        NodePool(pool.name, cast(Any, arguments.node_pool(pool, settings, found.nodes)), after)
        for pool in settings.node_pools
    ]
    levels = ServiceLevels("service-levels", cast(Any, service_levels(settings, images)), after)
    healing(settings, images, pull, ResourceOptions.merge(after, ResourceOptions(depends_on=pools)))
    pulumi.export("node_pools", [pool.name for pool in settings.node_pools])
    return [foundation, guardrails, *pools, levels], images


def service_levels(settings: Settings, images: Mapping[str, pulumi.Output[str]]) -> dict[str, Any]:
    """Arguments of `ServiceLevels`, with the programs' image, built or given, and a key of the stack's own."""
    image = healing_arguments.program_image(settings, images.get("platform"))
    secret = pulumi.Config("slate").get_secret("tokenSecret")
    more = {"image": image, "id_key": secret.apply(derive_key) if secret is not None else None}
    return service_level_arguments.service_levels(settings) | present(more)


def healing(settings: Settings, images: Mapping[str, pulumi.Output[str]], pull: Any, opts: ResourceOptions) -> None:
    """What mends workspaces, and the workspace that shows whether users could work."""
    image = healing_arguments.program_image(settings, images.get("platform"))
    secret, space = pulumi.Config("slate").get_secret("tokenSecret"), canary_space(settings)
    if image is None:
        pulumi.log.warn("no remediator and no canary: images.platform is not set, and images.build does not build it")
        return
    if settings.service_levels.remediation.enabled:
        Remediator("remediator", cast(Any, healing_arguments.remediator(settings, image)), opts)
    if space is None:
        if settings.service_levels.canary.enabled:
            pulumi.log.warn("no canary: no environment has an image; set images.environments or images.build")
        return
    if secret is None:
        pulumi.log.warn("no canary: its token is derived from slate:tokenSecret, which this stack has not")
        return
    pool = next(pool for pool in settings.node_pools if pool.name == space.pool)
    scheduling = contracts(cast(Any, arguments.node_pool(pool, settings)))[space.profile]
    args = healing_arguments.canary(space, settings, scheduling, image=image, token_secret=secret, pull=pull)
    args["workspace"]["image"] = space.image or images[space.environment]
    Canary("canary", cast(Any, args), opts)


def projects(settings: Settings, pull: Any, growing: set[Any], images: Images, opts: ResourceOptions) -> None:
    """The half of the teams: each project and its workspaces."""
    secret = pulumi.Config("slate").require_secret("tokenSecret")
    fleet = settings.fleet()
    offers = {pool.name: contracts(cast(Any, arguments.node_pool(pool, settings))) for pool in settings.node_pools}
    rows = []
    for team in fleet:
        project = Project(team.name, cast(Any, arguments.project(team, settings, secret, pull)), opts)
        for space in team.workspaces:
            image = space.image or images[space.environment]
            args = arguments.workspace(space, team, settings, offers[space.pool][space.profile]) | {"image": image}
            args |= {"namespace": project.namespace, "grow_home": homes.claim_key(space) in growing}
            declare_workspace(f"{space.name}--{team.name}", cast(Any, args), ResourceOptions(parent=project))
            rows.append(arguments.row(space) | {"image": image, "ssh": ssh_command(space.host)})
    pulumi.export("namespaces", [team.namespace for team in fleet])
    pulumi.export("workspaces", rows)


def main() -> None:
    """Declare the halves that the stack's scope asks for."""
    settings = stack_settings()
    found = observe(settings)
    spaces = [space for team in settings.fleet() for space in team.workspaces]
    growing = homes.plan(spaces, found.homes, parse_quantity)
    accounts = RegistryAccounts(pulumi.Config("slate").get_secret("registryCredentials"))
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
        reference = confirm_platform(settings.platform_stack or "", used)
        needed, images = [reference], PlatformImages(reference, settings.platform_stack or "")
    else:
        needed, images = platform(settings, accounts, found, opts)
    if settings.scope != "platform":
        after = ResourceOptions.merge(opts, ResourceOptions(depends_on=needed))
        pull = accounts.pull_configuration(settings.registry.host, settings.registry.pull_secret)
        projects(settings, pull, growing, images, after)


async def begin() -> None:
    """Let the registrations begin, so that the SDK waits for one after the other.

    Otherwise it waits for outputs first, and looks at all that are left after each that is there.
    """
    await asyncio.sleep(0)


# Nearly all objects live until the end; looking for cycles among them took a quarter of the time of a large fleet.
gc.disable()
try:
    main()
    with contextlib.suppress(pulumi.RunError):  # mocks have one stack for all programs
        pulumi.run(begin)
except (SettingsError, ImagesError, homes.HomeError, observation.ObservationError, ValueError) as problem:
    pulumi.log.error(str(problem))
    sys.exit(32)  # tells the language host that the user has been told, so that no second error follows
