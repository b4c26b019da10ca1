"""From settings to the arguments of remediator and canary, as plain mappings."""

from typing import Any

from settings.arguments import plain, workspace
from settings.canary import canary_quota, is_simulated
from settings.resolve import ResolvedWorkspace
from settings.root import Settings


def at_rest(settings: Settings) -> bool:
    """Whether no node runs anything, so that the platform's programs run beside the cluster."""
    return all(pool.is_simulated for pool in settings.node_pools)


def program_image(settings: Settings, built: Any) -> Any:
    """The image of the platform's programs; None if there is none.

    Args:
        settings: All settings.
        built: The one that this stack builds; None if it does not.
    """
    return settings.images.platform or built or (settings.images.placeholder if at_rest(settings) else None)


def remediator(settings: Settings, image: Any) -> dict[str, Any]:
    """Arguments of `Remediator`."""
    levels, healing = settings.service_levels, settings.service_levels.remediation
    args = {
        "image": image,
        "pull_secret": settings.registry.pull_secret,
        "at_rest": at_rest(settings),
        "dry_run": healing.dry_run,
        "minimum_age_seconds": healing.minimum_age_seconds,
        "start_deadline_seconds": levels.start_deadline_seconds,
        "per_workspace_per_hour": healing.per_workspace_per_hour,
        "fleet_percent": healing.fleet_percent_per_10_minutes,
        "fencing": healing.fencing,
        "notified_from": sorted({levels.prometheus.namespace, levels.alerting.namespace}),
    }
    return {key: value for key, value in args.items() if value is not None}


def canary(
    space: ResolvedWorkspace, settings: Settings, scheduling: Any, *, image: Any, token_secret: Any, pull: Any
) -> dict[str, Any]:
    """Arguments of `Canary`, but for the image of its workspace where that is built.

    Args:
        space: Its workspace.
        settings: All settings.
        scheduling: The contract of its pool and profile.
        image: The image of the platform's programs.
        token_secret: The stack's secret.
        pull: Docker's configuration with the account that pulls images; None if the stack makes no such Secret.
    """
    levels = settings.service_levels
    args = {
        "every_minutes": levels.canary.every_minutes,
        "image": image,
        "token_secret": token_secret,
        "quota": plain(canary_quota(settings)),
        "workspace": workspace(space, None, settings, scheduling),
        "start_deadline_seconds": levels.start_deadline_seconds,
        "simulated": is_simulated(settings),
        "at_rest": at_rest(settings),
        "pull_secret": settings.registry.pull_secret,
        "pull_configuration": pull,
    }
    return {key: value for key, value in args.items() if value is not None}
