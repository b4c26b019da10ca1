"""From settings to what is declared: defaults merged, each workspace's pool and image found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from settings.base import closest
from settings.images import Images
from settings.names import NAMESPACE_PREFIX
from settings.node_pools import NodePool
from settings.projects import DataSet, Egress, Member, Project, Quota, Workspace
from settings.workspace_defaults import WorkspaceDefaults

if TYPE_CHECKING:
    from settings.root import Settings


class Unresolved(Exception):  # noqa: N818 - an answer for the checks, never seen by users as an exception
    """A workspace's profile, pool or image cannot be found.

    Attributes:
        key: The workspace's key that has to change.
        given: The name that leads nowhere; None when the key is absent.
        what: What is wrong.
        allowed: What is allowed.
        fix: What to do.
        anywhere: Whether the name leads nowhere for any workspace, so that its origin has to change.
    """

    def __init__(self, key: str, given: str | None, what: str, allowed: str, fix: str, *, anywhere: bool = False):
        super().__init__(what)
        self.key, self.given, self.what, self.allowed, self.fix = key, given, what, allowed, fix
        self.anywhere = anywhere


@dataclass(frozen=True, kw_only=True)
class ResolvedWorkspace:
    """A workspace with nothing left open."""

    project: str
    name: str
    user: str
    pool: str
    profile: str
    environment: str
    image: str | None
    """Reference by digest; None where the image is built."""
    home_size: str
    storage_class: str | None
    state: Literal["awake", "asleep"]
    idle_after_minutes: int
    idle_warn_minutes: int
    user_id: int
    termination_grace_seconds: int
    ssh_keys: tuple[str, ...]
    token_generation: int
    host: str


@dataclass(frozen=True, kw_only=True)
class ResolvedProject:
    """A project with nothing left open; `pools` are the names of those that its workspaces use."""

    name: str
    namespace: str
    members: tuple[Member, ...]
    quota: Quota
    environment: str
    data_sets: tuple[DataSet, ...]
    egress: tuple[Egress, ...]
    protected: bool
    workspaces: tuple[ResolvedWorkspace, ...]
    pools: tuple[str, ...]


class Pools:
    """The node pools by name and by the profiles they offer."""

    def __init__(self, pools: tuple[NodePool, ...]):
        self.by_name: dict[str, NodePool] = {pool.name: pool for pool in pools}
        self.by_profile: dict[str, list[NodePool]] = {}
        for pool in pools:
            for profile in dict.fromkeys(profile.name for profile in pool.profiles):
                self.by_profile.setdefault(profile, []).append(pool)

    def pool_of(self, workspace: Workspace, profile: str) -> NodePool:
        """The pool a workspace runs on: the one it names, else the only one that offers its profile.

        Raises:
            Unresolved: When there is none, or more than one.
        """
        offering = self.by_profile.get(profile, [])
        if workspace.pool is not None:
            return self._named(workspace.pool, profile)
        if len(offering) > 1:
            names = " or ".join(pool.name for pool in offering)
            what = f"is needed: the profile {profile} exists in the pools {names}"
            raise Unresolved("pool", None, what, names, f"add pool: {offering[0].name}, or another of them")
        if not offering:
            known = list(self.by_profile)
            what = "names a profile that no pool offers"
            raise Unresolved("profile", profile, what, _listed(known), _instead(profile, known), anywhere=True)
        return offering[0]

    def _named(self, name: str, profile: str) -> NodePool:
        pool = self.by_name.get(name)
        if pool is None:
            known = list(self.by_name)
            raise Unresolved("pool", name, "names no pool", _listed(known), _instead(name, known))
        if pool.profile(profile) is None:
            known = [offered.name for offered in pool.profiles]
            what = f"names a profile that the pool {name} does not offer"
            raise Unresolved("profile", profile, what, _listed(known), _instead(profile, known))
        return pool


def profile_of(workspace: Workspace, defaults: WorkspaceDefaults) -> str:
    """The name of a workspace's profile.

    Raises:
        Unresolved: When neither the workspace nor the defaults name one.
    """
    profile = workspace.profile or defaults.profile
    if profile is None:
        allowed = "a profile of a node pool"
        raise Unresolved("profile", None, "is missing", allowed, "add it here or in workspaceDefaults.profile")
    return profile


def origin_of(key: str, workspace: Workspace, project: Project) -> Literal["workspace", "project", "defaults"]:
    """Where a workspace's profile, pool or environment comes from."""
    if getattr(workspace, key) is not None:
        return "workspace"
    return "project" if key == "environment" and project.environment is not None else "defaults"


def environment_of(workspace: Workspace, project: Project, defaults: WorkspaceDefaults) -> str:
    """The name of a workspace's environment."""
    return workspace.environment or project.environment or defaults.environment


def image_of(environment: str, pool: NodePool, images: Images) -> str | None:
    """The image of an environment; on simulated pools the placeholder stands in for a missing one.

    Returns:
        The reference, or None where the image is built.

    Raises:
        Unresolved: When there is neither.
    """
    image = images.environments.get(environment)
    if image is None and images.build:
        return None
    image = image or (images.placeholder if pool.is_simulated else None)
    if image is None:
        known = list(images.environments)
        place = f"images.environments.{environment}"
        what = f"leads to no image: {place} is not set" + (
            "" if pool.is_simulated else f", and the placeholder is for simulated pools only, which {pool.name} is not"
        )
        allowed = _listed(known) if known else "an environment with an image in images.environments"
        near = closest(environment, known)
        fix = f"did you mean {near}?" if near else f"set {place} to an image by digest"
        if pool.is_simulated and not near:
            fix += ", or images.placeholder to one for all"
        elif not near:
            fix += ", or images.build to true"
        raise Unresolved("environment", environment, what, allowed, fix, anywhere=True)
    return image


def host_of(workspace: str, project: str, domain: str) -> str:
    """The host name of a workspace: one origin for each, never a shared one."""
    return f"{workspace}--{project}.{domain}"


def idle_of(workspace: Workspace, defaults: WorkspaceDefaults) -> tuple[int, int]:
    """Minutes without activity before a workspace sleeps, and before that before its user is warned."""
    own, common = workspace.idle, defaults.idle
    after = common.after_minutes if own.after_minutes is None else own.after_minutes
    warn = common.warn_minutes if own.warn_minutes is None else own.warn_minutes
    return after, warn


def resolve(settings: "Settings") -> tuple[ResolvedProject, ...]:
    """Resolves all projects of checked settings."""
    pools = Pools(settings.node_pools)
    return tuple(_project(project, settings, pools) for project in settings.projects)


def _project(project: Project, settings: "Settings", pools: Pools) -> ResolvedProject:
    workspaces = tuple(resolve_workspace(workspace, project, settings, pools) for workspace in project.workspaces)
    return ResolvedProject(
        name=project.name,
        namespace=f"{NAMESPACE_PREFIX}{project.name}",
        members=project.members,
        quota=project.quota,
        environment=project.environment or settings.workspace_defaults.environment,
        data_sets=project.data_sets,
        egress=project.egress,
        protected=project.protected,
        workspaces=workspaces,
        pools=tuple(dict.fromkeys(workspace.pool for workspace in workspaces)),
    )


def resolve_workspace(workspace: Workspace, project: Project, settings: "Settings", pools: Pools) -> ResolvedWorkspace:
    """Resolves one workspace.

    Raises:
        Unresolved: Its profile, pool or image cannot be found.
    """
    defaults = settings.workspace_defaults
    profile = profile_of(workspace, defaults)
    pool = pools.pool_of(workspace, profile)
    environment = environment_of(workspace, project, defaults)
    after, warn = idle_of(workspace, defaults)
    return ResolvedWorkspace(
        project=project.name,
        name=workspace.name,
        user=workspace.user,
        pool=pool.name,
        profile=profile,
        environment=environment,
        image=image_of(environment, pool, settings.images),
        home_size=workspace.home_size or defaults.home_size,
        storage_class=workspace.storage_class or defaults.storage_class,
        state=workspace.state or defaults.state,
        idle_after_minutes=after,
        idle_warn_minutes=warn,
        user_id=defaults.user_id,
        termination_grace_seconds=defaults.termination_grace_seconds,
        ssh_keys=workspace.ssh_keys,
        token_generation=workspace.token_generation,
        host=host_of(workspace.name, project.name, settings.domain),
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none is declared"


def _instead(name: str, known: list[str] | Mapping[str, object]) -> str:
    near = closest(name, list(known))
    return f"did you mean {near}?" if near else "write one of these, or add it to nodePools"
