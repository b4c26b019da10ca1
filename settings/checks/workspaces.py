"""Checks of workspaces: names and hosts, profile, pool, image, idle rule."""

from collections.abc import Iterator

from settings.checks.common import duplicates
from settings.errors import Path, Problem, show
from settings.names import LABEL_CHARACTERS
from settings.partial import Partial
from settings.projects import Project, Workspace
from settings.resolve import Pools, Unresolved, environment_of, host_of, idle_of, image_of, origin_of, profile_of


def check(partial: Partial) -> Iterator[Problem]:
    """Yields problems of every workspace; what several inherit from one place is said once, there."""
    settings = partial.settings
    yield from _idle_defaults(partial)
    placement = _Placement(partial)
    for index, project in enumerate(settings.projects):
        path = ("projects", index)
        names = (workspace.name for workspace in project.workspaces)
        yield from duplicates((*path, "workspaces"), names, "workspace name")
        for position, workspace in enumerate(project.workspaces):
            where = (*path, "workspaces", position)
            yield from duplicates((*where, "sshKeys"), _bare(workspace), "key", None)
            yield from _host((*where, "name"), workspace, project)
            yield from placement.check(where, workspace, project)
            yield from _idle((*where, "idle"), workspace, partial)


def _bare(workspace: Workspace) -> list[tuple[str, ...]]:
    """The keys without their comments, which make no difference."""
    return [tuple(key.split(" ")[:2]) for key in workspace.ssh_keys]


def _host(path: Path, workspace: Workspace, project: Project) -> Iterator[Problem]:
    label = host_of(workspace.name, project.name, "").rstrip(".")
    if len(label) > LABEL_CHARACTERS:
        what = f"makes the host label {label[:40]}... of {len(label)} characters, too long for DNS"
        allowed = f"at most {LABEL_CHARACTERS - len('--')} characters for workspace and project name together"
        yield Problem(path, what, allowed, "shorten the workspace's or the project's name")


class _Placement:
    """Finds profile, pool and image of workspaces; silent where pools or images have mistakes of their own."""

    def __init__(self, partial: Partial):
        self.settings = partial.settings
        self.pools = Pools(self.settings.node_pools)
        self.images_known = partial.complete("images") and partial.complete("workspaceDefaults", "environment")
        self.pools_known = (
            partial.complete("nodePools")
            and partial.complete("workspaceDefaults", "profile")
            and len(self.pools.by_name) == len(self.settings.node_pools) > 0
            and all(pool.profiles for pool in self.settings.node_pools)
        )
        self.said: set[Path] = set()

    def check(self, path: Path, workspace: Workspace, project: Project) -> Iterator[Problem]:
        """Yields what is wrong with one workspace, unless its origin was named before."""
        if not self.pools_known:
            return
        defaults = self.settings.workspace_defaults
        try:
            pool = self.pools.pool_of(workspace, profile_of(workspace, defaults))
            if self.images_known:
                image_of(environment_of(workspace, project, defaults), pool, self.settings.images)
        except Unresolved as problem:
            where, given = self._place(problem, path, workspace, project)
            if where not in self.said:
                self.said.add(where)
                yield Problem(where, problem.what, problem.allowed, problem.fix, given)

    def _place(
        self, problem: Unresolved, path: Path, workspace: Workspace, project: Project
    ) -> tuple[Path, str | None]:
        """Where a name that leads nowhere has to change, and how it is shown."""
        given = show(problem.given) if problem.given is not None else None
        origin = origin_of(problem.key, workspace, project)
        if given is None or origin == "workspace":
            return (*path, problem.key), given
        source = path[:2] if origin == "project" else ("workspaceDefaults",)
        words = f"the project's {problem.key}" if origin == "project" else f"workspaceDefaults.{problem.key}"
        if problem.anywhere:
            is_default = origin == "defaults" and problem.key not in self.settings.workspace_defaults.model_fields_set
            return (*source, problem.key), f"{given} (the default)" if is_default else given
        return (*path, problem.key), f"{given} (from {words})"


def _idle_defaults(partial: Partial) -> Iterator[Problem]:
    idle = partial.settings.workspace_defaults.idle
    if idle.warn_minutes >= idle.after_minutes:
        what = f"is not before the workspace sleeps ({idle.after_minutes} minutes)"
        allowed = f"0 to {idle.after_minutes - 1}, less than afterMinutes"
        fix = "lower warnMinutes or raise afterMinutes"
        yield Problem(("workspaceDefaults", "idle", "warnMinutes"), what, allowed, fix, str(idle.warn_minutes))


def _idle(path: Path, workspace: Workspace, partial: Partial) -> Iterator[Problem]:
    own = workspace.idle
    if (own.after_minutes is None and own.warn_minutes is None) or not partial.complete("workspaceDefaults"):
        return
    after, warn = idle_of(workspace, partial.settings.workspace_defaults)
    if warn >= after:
        origin = "" if own.warn_minutes is not None else " (from workspaceDefaults.idle)"
        what = f"is not before the workspace sleeps ({after} minutes)"
        fix = "set warnMinutes lower or afterMinutes higher here"
        allowed = f"0 to {after - 1}, less than afterMinutes"
        yield Problem((*path, "warnMinutes"), what, allowed, fix, f"{warn}{origin}")
