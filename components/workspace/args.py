"""Inputs of `Workspace`."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from pulumi import Input

from components.project.args import DataSetArgs
from components.scheduling import SchedulingContract


class WorkspaceArgs(TypedDict):
    """Inputs of `Workspace`."""

    name: str
    """Name of the workspace, a DNS label; also the name of its StatefulSet."""
    project: str
    """Name of the project."""
    namespace: Input[str]
    """Namespace of the project."""
    user: str
    """Owner; a label of the pod and of the home."""
    image: Input[str]
    """Image, by digest."""
    environment: str
    """Name of the environment that the image holds."""
    scheduling: SchedulingContract
    """Where the pod runs and what it may use, from the node pool."""
    host: str
    """Host name in the browser, one origin a workspace."""
    home_size: str
    """Size of the home volume, a quantity."""
    storage_class: NotRequired[str]
    """StorageClass of the home (default: the cluster's)."""
    state: NotRequired[str]
    """State when it is first created: `awake` (default) or `asleep`; afterwards only `/scale` changes it."""
    user_id: NotRequired[int]
    """User, group and volume group id of all processes (default 1000)."""
    termination_grace_seconds: NotRequired[int]
    """Seconds between the request to stop and the kill (default 60)."""
    idle_after_minutes: NotRequired[int]
    """Minutes without activity after which it is put to sleep (default 30)."""
    idle_warn_minutes: NotRequired[int]
    """Minutes of warning before that (default 5)."""
    data_sets: NotRequired[Sequence[DataSetArgs]]
    """Volumes mounted read-only."""
    pull_secret: NotRequired[str]
    """Name of the Secret for pulling the image."""
    grow_home: NotRequired[bool]
    """Grow the existing home claim to `home_size`, as its template can no longer change (default false)."""
