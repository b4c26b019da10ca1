"""py-rattler, wrapped: the only module of the repository that imports it.

Its API changes between minor releases and its version is pinned exactly, so what we use of it is all here. Records that
come out have canonical URLs, whatever the bytes are read from.
"""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import rattler
from rattler.exceptions import GatewayError, InvalidMatchSpecError, SolverError
from rattler.networking import MirrorMiddleware, RetryMiddleware

from services.conda_mirror.admission import Admit, both, older_than
from services.conda_mirror.channels import NOARCH, ChannelSource
from services.conda_mirror.errors import LockFileError, SolveError, UpstreamError
from services.conda_mirror.records import Lock, Record, from_native
from services.conda_mirror.solver_channel import SolverChannel, package_names, unreadable
from services.conda_mirror.virtual import virtual_packages


class Repodata:
    """Channels' metadata, each read once; for several solves in a row."""

    def __init__(self, cache: Path) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self.gateway = rattler.Gateway(cache_dir=cache, client=rattler.Client.default_client())

    async def names(self, channel: ChannelSource, platform: str) -> set[str]:
        """The names of a channel's packages; raises UpstreamError if it cannot be read."""
        return await package_names(channel, rattler.Channel(channel.origin), self.gateway, (platform, NOARCH))


async def solve(
    channels: Sequence[ChannelSource],
    specs: Sequence[str],
    platform: str,
    *,
    pinned: Sequence[Record] = (),
    constraints: Sequence[str] = (),
    virtual: Sequence[str] | None = None,
    exclude_newer: datetime | timedelta | None = None,
    admit: Admit | None = None,
    cache: Path | Repodata,
) -> list[Record]:
    """Find the newest packages that fulfil the specs together, with strict channel priority.

    Args:
        channels: Trusted channels, highest priority first.
        specs: Match specs, e.g. `numpy <2.3`.
        platform: `linux-64` or `linux-aarch64`; `noarch` is always considered too.
        pinned: Packages that are part of the solution and cannot change.
        constraints: Match specs that must hold for what is chosen, without choosing it.
        virtual: See `virtual_packages`, whose defaults are used for None.
        exclude_newer: Leave out packages built after this time, younger than this age, or without a build time.
        admit: Leaves out the packages that it returns False for.
        cache: Folder for downloaded repodata, or what is open already.

    Returns:
        The packages in the order to install them in.

    Raises:
        SolveError: There is no solution; the message is the solver's reason.
        UpstreamError: A channel cannot be read.
    """
    gateway = (cache if isinstance(cache, Repodata) else Repodata(cache)).gateway
    allowed = both(older_than(exclude_newer), admit)
    given = [_generic(text) for text in (virtual_packages(platform) if virtual is None else virtual)]
    try:
        found = await rattler.solve(
            sources=[_channel(channel, gateway, allowed) for channel in channels],
            specs=list(specs),
            platforms=[platform, NOARCH],  # pyright: ignore[reportArgumentType]
            gateway=gateway,
            pinned_packages=[record.native for record in pinned],
            constraints=list(constraints) or None,
            virtual_packages=given,
            channel_priority=rattler.ChannelPriority.Strict,
            channel_relations="disabled",
        )
    except SolverError as problem:
        raise SolveError(str(problem)) from None
    except (GatewayError, InvalidMatchSpecError) as problem:
        raise UpstreamError(unreadable(channels, problem)) from None
    return install_order([from_native(native) for native in found])


async def matching(
    channels: Sequence[ChannelSource], spec: str, platform: str, *, admit: Admit | None = None, cache: Path | Repodata
) -> tuple[list[Record], list[Record]]:
    """Every package that fulfils one match spec, from the first channel that has the name (strict priority).

    Returns the admitted ones and those that `admit` left out; raises UpstreamError if a channel cannot be read.
    """
    wanted = rattler.MatchSpec(spec)
    gateway = (cache if isinstance(cache, Repodata) else Repodata(cache)).gateway
    for channel in channels:
        source = _channel(channel, gateway, None)
        try:
            records = [from_native(native) for native in await source.query([platform, NOARCH], spec_name(spec))]
        except GatewayError as problem:
            raise UpstreamError(unreadable([channel], problem)) from None
        if records:
            fitting = [record for record in records if wanted.matches(record.native)]
            taken = [record for record in fitting if admit is None or admit(record)]
            return taken, [record for record in fitting if record not in taken]
    return [], []


def spec_name(spec: str) -> str:
    """The package name of a match spec.

    Raises:
        ValueError: The spec is not one, has no exact name, or names a channel, folder or URL of its own.
    """
    try:
        parsed = rattler.MatchSpec(spec)
    except Exception as problem:
        raise ValueError(f"`{spec}` is not a match spec: {problem}") from None
    name = getattr(parsed.name, "normalized", None) or str(getattr(parsed, "name", "") or "")
    if not name or "*" in name or name.startswith("^"):
        raise ValueError(f"`{spec}` names no package")
    if parsed.channel is not None or parsed.subdir is not None:
        raise ValueError(f"`{spec}` names a channel, folder or URL of its own")
    return name


def install_order(records: Sequence[Record]) -> list[Record]:
    """The packages, dependencies first; the same set gives the same order."""
    known = {record.label: record for record in records}
    ordered = rattler.PackageRecord.sort_topologically(
        [record.native for record in sorted(records, key=lambda record: record.url)]
    )
    return [known[f"{native.name.normalized}={native.version}={native.build}"] for native in ordered]


def read_lock(path: Path) -> Lock:
    """Read a lock file (rattler lock, format 6 or 7).

    Raises:
        LockFileError: It is missing or not a lock file.
    """
    if not path.is_file():
        raise LockFileError(f"{path}: no such lock file")
    try:
        lock = rattler.LockFile.from_path(path)
        platforms = {platform.name: platform for platform in lock.platforms()}
        environments: dict[str, dict[str, tuple[Record, ...]]] = {}
        channels: dict[str, tuple[str, ...]] = {}
        for name, environment in lock.environments():
            channels[name] = tuple(str(channel).rstrip("/") for channel in environment.channels())
            environments[name] = {
                platform.name: tuple(install_order([from_native(native) for native in natives]))
                for platform in environment.platforms()
                if (natives := environment.conda_repodata_records_for_platform(platform)) is not None
            }
        virtual = {name: tuple(platform.virtual_packages) for name, platform in platforms.items()}
    except Exception as problem:
        raise LockFileError(f"{path}: not a lock file that can be read: {problem}") from None
    return Lock(environments, channels, virtual)


def write_lock(
    path: Path,
    environments: Mapping[str, Mapping[str, Sequence[Record]]],
    channels: Sequence[ChannelSource],
    *,
    virtual: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write a lock file, format 7, with canonical URLs; replaced in one step.

    Args:
        path: The file.
        environments: Name -> platform -> packages.
        channels: Channels of every environment.
        virtual: Virtual packages per platform, recorded in the lock.
    """
    names = sorted({platform for per_platform in environments.values() for platform in per_platform})
    platforms = {
        name: rattler.LockPlatform(name, virtual_packages=list((virtual or {}).get(name, ()))) for name in names
    }
    lock = rattler.LockFile(list(platforms.values()))
    for environment, per_platform in sorted(environments.items()):
        lock.set_channels(environment, [rattler.Channel(channel.canonical).to_lock_channel() for channel in channels])
        for platform, records in sorted(per_platform.items()):
            for record in sorted(records, key=lambda record: record.url):
                lock.add_conda_package(environment, platforms[platform], record.native)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        written = Path(folder) / path.name
        lock.to_path(written)
        written.replace(path)


async def install(
    records: Sequence[Record],
    prefix: Path,
    *,
    mirrors: Mapping[str, str],
    cache: Path,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Install packages into a folder, with bytes from mirrors. Link scripts of packages are not run.

    Args:
        records: The packages.
        prefix: Folder of the environment.
        mirrors: Canonical channel URL -> URL of the channel that the bytes come from, `file://` too.
        cache: Package cache.
        headers: Sent with every request, e.g. an authorisation.

    Raises UpstreamError if a package cannot be had, or is not what its record says.
    """
    slashed = {f"{url.rstrip('/')}/": f"{mirror.rstrip('/')}/" for url, mirror in mirrors.items()}
    remote = {url: [mirror] for url, mirror in slashed.items() if not mirror.startswith("file:")}
    client = rattler.Client([MirrorMiddleware(remote), RetryMiddleware(1)], headers=dict(headers or {}))
    local = {url: mirror for url, mirror in slashed.items() if url not in remote}
    try:
        await rattler.install(
            [_from_files(record, local) for record in records],
            target_prefix=prefix,
            cache_dir=cache,
            client=client,
            show_progress=False,
        )
    except Exception as problem:
        raise UpstreamError(f"cannot install into {prefix}: {problem}") from None


def _from_files(record: Record, local: Mapping[str, str]) -> rattler.RepoDataRecord:
    """A package's record; with the address of a file where its channel is a folder, which no client middleware sees."""
    for url, folder in local.items():
        if record.url.startswith(url):
            address = folder + record.url.removeprefix(url)
            return rattler.RepoDataRecord(record.native, record.file_name, address, record.channel)
    return record.native


def _channel(channel: ChannelSource, gateway: rattler.Gateway, admit: Admit | None) -> SolverChannel:
    return SolverChannel(channel, rattler.Channel(channel.origin), gateway, admit)


def _generic(text: str) -> rattler.GenericVirtualPackage:
    name, version, build = text.split("=")
    return rattler.GenericVirtualPackage(
        rattler.PackageName(name), rattler.Version(version), rattler.BuildString(build)
    )
