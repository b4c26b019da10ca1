"""Checks that each project's quota holds all its workspaces, awake together."""

from collections.abc import Iterator
from fractions import Fraction

from settings.checks.fit import per_node, room
from settings.errors import Path, Problem
from settings.node_pools import Profile
from settings.partial import Partial
from settings.projects import Project
from settings.quantity import canonical, parse_quantity, written
from settings.resolve import Pools, Unresolved, profile_of

_FROM_PROFILE = (("cpu", "cpu", ""), ("memory", "memory", "bytes"), ("ephemeral_storage", "ephemeralStorage", "bytes"))


def check(partial: Partial) -> Iterator[Problem]:
    """Yields quotas that are smaller than what their workspaces ask for."""
    pools = Pools(partial.settings.node_pools)
    for index, project in enumerate(partial.settings.projects):
        path = ("projects", index, "quota")
        yield from _count(path, project)
        if partial.complete("workspaceDefaults", "homeSize"):
            yield from _storage(path, project, partial)
        if partial.complete("workspaceDefaults", "profile"):
            yield from _compute(path, project, _profiles(project, pools, partial))


def _profiles(project: Project, pools: Pools, partial: Partial) -> list[Profile]:
    """The profiles of workspaces, as far as they can be found and fit a node: others have a problem of their own."""
    profiles = []
    for workspace in project.workspaces:
        try:
            name = profile_of(workspace, partial.settings.workspace_defaults)
            pool = pools.pool_of(workspace, name)
        except Unresolved:
            continue
        profile = pool.profile(name)
        if profile and per_node(pool, profile, room(pool)):
            profiles.append(profile)
    return profiles


def _count(path: Path, project: Project) -> Iterator[Problem]:
    count = len(project.workspaces)
    if count > project.quota.workspaces:
        what = f"is less than the {count} workspaces of the project"
        yield Problem((*path, "workspaces"), what, f"at least {count}", "raise it, or remove workspaces")


def _storage(path: Path, project: Project, partial: Partial) -> Iterator[Problem]:
    default = partial.settings.workspace_defaults.home_size
    needed = sum((parse_quantity(workspace.home_size or default) for workspace in project.workspaces), Fraction(0))
    if needed > parse_quantity(project.quota.storage):
        yield _too_small((*path, "storage"), needed, "bytes", "homes of its workspaces")


def _compute(path: Path, project: Project, profiles: list[Profile]) -> Iterator[Problem]:
    for name, key, unit in _FROM_PROFILE:
        needed = sum((parse_quantity(getattr(profile, name)) for profile in profiles), Fraction(0))
        if needed > parse_quantity(getattr(project.quota, name)):
            yield _too_small((*path, key), needed, unit, "profiles of its workspaces")
    gpus = sum(profile.gpus for profile in profiles)
    if gpus > project.quota.gpus:
        shown = None if "gpus" in project.quota.model_fields_set else "0 (the default of gpus)"
        yield _too_small((*path, "gpus"), Fraction(gpus), "", "profiles of its workspaces", shown)


def _too_small(path: Path, needed: Fraction, unit: str, whose: str, given: str | None = None) -> Problem:
    least = canonical(str(-(-needed // 1024**2)) + "Mi") if unit == "bytes" else written(needed, unit)
    what = f"is too small: the {whose} add up to {least}"
    return Problem(path, what, f"at least {least}", f"raise it to {least}, or use less", given)
