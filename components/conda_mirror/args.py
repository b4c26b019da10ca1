"""Inputs of `CondaMirror`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from pulumi import Input


class ChannelArgs(TypedDict):
    """A conda channel."""

    name: str
    """Short name; the mirror serves the channel under it."""
    url: str
    """Address that locks record."""
    source: NotRequired[str]
    """Where the packages are copied from (default: `url`)."""


class CondaMirrorArgs(TypedDict):
    """Inputs of `CondaMirror`."""

    image: Input[str]
    """Image of the platform's programs, by digest."""
    channels: Sequence[ChannelArgs]
    """Channels that it copies from, the most trusted first."""
    platforms: NotRequired[Sequence[str]]
    """Platforms besides noarch (default `linux-64`)."""
    locks: NotRequired[Mapping[str, str]]
    """What to mirror: lists of packages (`<url>#sha256:<hash>` a line), by a name of their own."""
    specs: NotRequired[Sequence[str]]
    """What to mirror besides: match specs, solved with their dependencies."""
    exclude_newer: NotRequired[str]
    """Leave out packages that are younger than this age (`7d`) or day (`2026-11-01`)."""
    denied_licences: NotRequired[Sequence[str]]
    """Licences whose packages are refused."""
    keep_snapshots: NotRequired[int]
    """How many snapshots stay (default 5)."""
    keep_days: NotRequired[int]
    """Snapshots younger than this stay, too (default 90)."""
    schedule: NotRequired[str]
    """Cron schedule, UTC, of further synchronisations (default `0 3 * * *`)."""
    storage: NotRequired[str]
    """Size of the volume, a quantity (default 100Gi)."""
    storage_class: NotRequired[str]
    """StorageClass of the volume (default: the cluster's)."""
    protected: NotRequired[bool]
    """Whether the volume is protected from deletion, and stays when Pulumi forgets it (default true)."""
    clients: NotRequired[Sequence[str]]
    """Networks outside the cluster that may read, such as image builders'."""
    node_cache: NotRequired[bool]
    """Whether each node keeps a cache, which its pods read from (default false)."""
    node_cache_size: NotRequired[str]
    """Size of each node's cache, a quantity (default 20Gi)."""
    pull_secret: NotRequired[str]
    """Secret for pulling the image."""
