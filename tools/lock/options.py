"""What locks are made with, apart from the environment files."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from services.conda_mirror.channels import ChannelSource, channel_problem
from tools import paths
from tools.lock.errors import LockError
from tools.lock.index import read_index

PACKAGE_MANAGERS = ("none", "conda", "mamba", "micromamba")

CONDA_FORGE = ChannelSource("conda-forge", "https://conda.anaconda.org/conda-forge")

ENVIRONMENTS = paths.ROOT / "images" / "workspace" / "environments"
LAYERS = paths.ROOT / "images" / "workspace" / "layers.yml"
PLATFORM = paths.ROOT / "images" / "platform" / "environment.yml"
COMMITTED = paths.ROOT / "images" / "workspace" / "locks"
OWN = paths.SLATE / "locks"


@dataclass(frozen=True)
class Options:
    """What locks are made with.

    Attributes:
        channels: trusted channels, highest priority first; locks are named after the first.
        out: the folder of the locks.
        environments: the folder of the workspaces' environment files.
        layers: the file with the lists of the lower layers.
        platform: the environment file of the in-cluster programs, or None to leave them out.
        package_manager: `none`, `conda`, `mamba` or `micromamba`; goes into the base layer.
        exclude_newer: leave out packages younger than this age (`7d`) or built after this day (`2026-11-01`).
        platforms: the platforms to lock for; those of the file of the lower layers by default.
        virtual: values for virtual packages instead of those of the file of the lower layers.
        pythons: see `plan.plan`.
        content: names the content of the channels where it never changes under the same name; with another one
            everything is solved anew.
        deny_licences: besides those of the file of the lower layers.
        upgrade: solve everything anew, though nothing changed, to get what is newest now.
        cache: for downloaded channel data.
        mend: the command that makes the locks, for messages.
    """

    channels: tuple[ChannelSource, ...]
    out: Path
    environments: Path = ENVIRONMENTS
    layers: Path = LAYERS
    platform: Path | None = PLATFORM
    package_manager: str = "none"
    exclude_newer: str | None = None
    platforms: tuple[str, ...] = ()
    virtual: Mapping[str, str] = field(default_factory=dict)
    pythons: Mapping[str, str | None] = field(default_factory=dict)
    content: str | None = None
    deny_licences: tuple[str, ...] = ()
    upgrade: bool = False
    cache: Path = paths.SLATE / "cache" / "repodata"
    mend: str = "make lock"

    def recorded(self) -> dict[str, Any]:
        """Return what the index records, so that a later run needs none of it said again."""
        return {
            "channels": [{"name": channel.name, "url": channel.canonical} for channel in self.channels],
            "content": self.content,
            "denyLicences": list(self.deny_licences),
            "excludeNewer": self.exclude_newer,
            "packageManager": self.package_manager,
            "platforms": list(self.platforms),
            "pythons": dict(self.pythons),
            "virtualPackages": dict(self.virtual),
        }


def channel(name: str, url: str | None = None, source: str | None = None) -> ChannelSource:
    """Return a channel by name; conda-forge's address is known.

    Raises:
        LockError: the address of another channel is not given, or is none.
    """
    if url is None and name == CONDA_FORGE.name:
        url = CONDA_FORGE.url
    if url is None:
        raise LockError(f"channel `{name}`: say where it is with --url (known without: conda-forge, fixture)")
    for value in (url, source):
        problem = channel_problem(value) if value else None
        if problem:
            raise LockError(f"channel `{name}`: {problem}")
    return ChannelSource(name, url, source)


def recorded_options(folder: Path, options: Options) -> Options:
    """Return the options that the locks of a folder were made with.

    Args:
        folder: of the locks.
        options: where the sources are; and all of it if the folder has no locks yet.

    Raises:
        LockError: the index cannot be read.
    """
    recorded = read_index(folder).options
    if not recorded:
        return options
    return replace(
        options,
        channels=tuple(ChannelSource(channel["name"], channel["url"]) for channel in recorded["channels"]),
        out=folder,
        content=recorded["content"],
        deny_licences=tuple(recorded.get("denyLicences", ())),
        exclude_newer=recorded["excludeNewer"],
        package_manager=recorded["packageManager"],
        platforms=tuple(recorded["platforms"]),
        pythons=recorded["pythons"],
        virtual=recorded["virtualPackages"],
    )
