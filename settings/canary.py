"""The canary's workspace, found in the settings like a user's."""

import contextlib

from settings.node_pools import NodePool, Profile
from settings.projects import Project, Quota, Workspace
from settings.resolve import Pools, ResolvedWorkspace, Unresolved, image_of, resolve_workspace
from settings.root import Settings

PROJECT, NAME = "slate-canary", "canary"
HOME_SIZE = "1Gi"


def canary_space(settings: Settings) -> ResolvedWorkspace | None:
    """The canary's workspace; None without a canary, or where no environment has an image.

    Args:
        settings: All settings, checked but for this.

    Raises:
        Unresolved: The environment that the settings name for it leads to no image.
    """
    levels = settings.service_levels.canary
    if not levels.enabled:
        return None
    pool, profile = _place(settings)
    environment = levels.environment or _environment(settings, pool)
    if environment is None:
        return None
    space = Workspace.model_validate(
        {
            "name": NAME,
            "user": NAME,
            "pool": pool.name,
            "profile": profile.name,
            "environment": environment,
            "homeSize": HOME_SIZE,
            "state": "asleep",
        }
    )
    # The names of projects are checked as users write them, and this one is reserved.
    project = Project.model_construct(name=PROJECT, environment=None)
    return resolve_workspace(space, project, settings, Pools(settings.node_pools))


def canary_quota(settings: Settings) -> Quota:
    """What the canary's project may use: its one workspace."""
    pool, profile = _place(settings)
    return Quota.model_validate(
        {
            "cpu": profile.cpu,
            "memory": profile.memory,
            "ephemeralStorage": profile.ephemeral_storage,
            "storage": HOME_SIZE,
            "gpus": profile.gpus if pool.accelerator else 0,
            "workspaces": 1,
        }
    )


def is_simulated(settings: Settings) -> bool:
    """Whether the canary's pool is simulated, so that nothing can run in it."""
    return _place(settings)[0].is_simulated


def _environment(settings: Settings, pool: NodePool) -> str | None:
    """The default environment if it has an image, else the first that has one."""
    for name in (settings.workspace_defaults.environment, *settings.images.environments):
        with contextlib.suppress(Unresolved):
            image_of(name, pool, settings.images)
            return name
    return None


def _place(settings: Settings) -> tuple[NodePool, Profile]:
    """Its pool and profile: what the settings name, else the default profile, else a pool's first; no accelerator."""
    wanted = settings.service_levels.canary
    pools = [pool for pool in settings.node_pools if wanted.pool in (None, pool.name)]
    pools.sort(key=lambda pool: pool.accelerator is not None)
    for name in (wanted.profile, settings.workspace_defaults.profile):
        for pool in pools:
            profile = pool.profile(name) if name else None
            if profile:
                return pool, profile
    return pools[0], pools[0].profiles[0]
