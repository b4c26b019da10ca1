"""From settings to component arguments: plain mappings, so that neither side knows the other's types."""

from collections.abc import Iterable
from typing import Any

from settings.base import Model
from settings.node_pools import NodePool
from settings.resolve import ResolvedProject, ResolvedWorkspace
from settings.root import Settings


def plain(model: Model) -> dict[str, Any]:
    """A model as a mapping with Python's names, without what is absent."""
    return model.model_dump(exclude_none=True, by_alias=False)


def node_pool(pool: NodePool, settings: Settings, found_nodes: Iterable[Any] | None = None) -> dict[str, Any]:
    """Arguments of `NodePool`.

    Args:
        pool: The pool.
        settings: All settings, for the image of the placeholders.
        found_nodes: The cluster's nodes, if they were looked at.
    """
    args = plain(pool) | {"pause_image": settings.images.pause}
    if settings.registry.pull_secret:
        args["pull_secret"] = settings.registry.pull_secret
    return args if found_nodes is None else args | {"found_nodes": list(found_nodes)}


def accelerator_resources(settings: Settings) -> list[str]:
    """Names of all extended resources that the pools announce, so that every project's quota caps each of them."""
    return sorted({pool.accelerator.resource for pool in settings.node_pools if pool.accelerator})


def foundation(pull_configuration: Any = None) -> dict[str, Any]:
    """Arguments of `Foundation`; the configuration for pulling images is given if the stack makes that Secret."""
    return {} if pull_configuration is None else {"pull_configuration": pull_configuration}


def project(
    team: ResolvedProject, settings: Settings, token_secret: Any, pull_configuration: Any = None
) -> dict[str, Any]:
    """Arguments of `Project`."""
    return foundation(pull_configuration) | {
        "name": team.name,
        "quota": plain(team.quota),
        "token_secret": token_secret,
        "access": [
            {
                "workspace": space.name,
                "ssh_keys": list(space.ssh_keys),
                "token_generation": space.token_generation,
            }
            for space in team.workspaces
        ],
        "members": [plain(member) for member in team.members],
        "accelerator_resources": accelerator_resources(settings),
        "data_sets": [plain(data_set) for data_set in team.data_sets],
        "egress": [plain(entry) for entry in team.egress],
        "protected": team.protected,
        "healed": settings.service_levels.remediation.enabled,
    }


def workspace(
    space: ResolvedWorkspace, team: ResolvedProject | None, settings: Settings, scheduling: Any
) -> dict[str, Any]:
    """Arguments of `Workspace`, but for the namespace, an output of the project, and the image where it is built.

    Args:
        space: The workspace.
        team: Its project, whose data sets it mounts; None for the canary, which has none.
        settings: All settings.
        scheduling: The contract of its pool and profile.
    """
    args = {
        "name": space.name,
        "project": space.project,
        "user": space.user,
        "image": space.image,
        "environment": space.environment,
        "scheduling": scheduling,
        "host": space.host,
        "home_size": space.home_size,
        "storage_class": space.storage_class,
        "state": space.state,
        "user_id": space.user_id,
        "termination_grace_seconds": space.termination_grace_seconds,
        "idle_after_minutes": space.idle_after_minutes,
        "idle_warn_minutes": space.idle_warn_minutes,
        "data_sets": [plain(data_set) for data_set in (team.data_sets if team else ())],
        "pull_secret": settings.registry.pull_secret,
    }
    return {key: value for key, value in args.items() if value is not None}


def row(space: ResolvedWorkspace) -> dict[str, str]:
    """What the stack's outputs tell of a workspace, but for its image and how to enter it."""
    return {key: getattr(space, key) for key in ("project", "name", "host", "pool")}
