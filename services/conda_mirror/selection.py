"""What a snapshot is to hold: packages named by lock files, environment files and match specs, with their records."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from services.conda_mirror import rattler
from services.conda_mirror.channels import NOARCH, ChannelSource
from services.conda_mirror.configuration import Configuration
from services.conda_mirror.environment_file import read_environment, spec_problem
from services.conda_mirror.errors import ConfigurationError, SolveError
from services.conda_mirror.licences import denied_licence
from services.conda_mirror.records import Record
from services.conda_mirror.transport import Transport
from services.conda_mirror.upstream import Entry, Subdir
from services.conda_mirror.wanted import Wanted, from_record, read_explicit

LAST_SECOND = 253_402_300_799
"""The end of the year 9999: a larger number counts milliseconds."""


@dataclass(frozen=True)
class Refusal:
    """A package that was asked for and not taken."""

    package: str
    why: str
    outdated: bool = False
    """Whether a lock asks for what upstream has changed or removed since."""

    def __str__(self) -> str:
        return f"{self.package}: {self.why}"


@dataclass(frozen=True)
class Taken:
    """A package to take.

    Attributes:
        channel: Where it is from.
        subdir: Its folder there.
        entry: Upstream's record.
        url: Where its bytes are.
        elsewhere: Where upstream's index says that packages are, if that is off the channel.
    """

    channel: ChannelSource
    subdir: str
    entry: Entry
    url: str
    elsewhere: str | None = None

    @property
    def path(self) -> str:
        """Path below the snapshot."""
        return f"{self.channel.name}/{self.subdir}/{self.entry.file_name}"


@dataclass
class Selection:
    """What was chosen, and what was left out or refused."""

    taken: dict[str, Taken] = field(default_factory=dict)
    left_out: list[Refusal] = field(default_factory=list)
    """By a filter, from the packages that a match spec fits: that is what filters are for."""
    refused: list[Refusal] = field(default_factory=list)
    """Asked for by name, so that the snapshot would not be what was asked for."""


Earlier = Callable[[str, str], Entry | None]
"""Path below a snapshot and sha256 -> the record that an earlier snapshot has of it."""


class Selector:
    """Chooses the packages of a configuration."""

    def __init__(
        self, configuration: Configuration, transport: Transport, cache: Path, cutoff: datetime | None, earlier: Earlier
    ) -> None:
        self._configuration = configuration
        self._transport = transport
        self._repodata = rattler.Repodata(cache)
        self._cutoff = cutoff
        self._earlier = earlier
        self._wanted: dict[str, Wanted] = {}
        self._selection = Selection()

    async def select(self) -> Selection:
        """Choose.

        Raises:
            MirrorError: An input cannot be read or fulfilled.
        """
        for lock in self._configuration.locks:
            self._from_lock(lock)
        for path in self._configuration.environments:
            environment = read_environment(path, self._configuration.channels)
            await self._solve(environment.channels, environment.dependencies, str(path))
        for spec in self._configuration.specs:
            await self._from_spec(spec)
        await self._find()
        return self._selection

    def _from_lock(self, path: Path) -> None:
        if path.suffix == ".txt":
            found = list(read_explicit(path))
        else:
            per_platform = rattler.read_lock(path).environments.values()
            found = [from_record(r, str(path)) for each in per_platform for records in each.values() for r in records]
        for wanted in found:
            if wanted.channel(self._configuration.channels) is None:
                self._refuse(wanted, f"{wanted.url} is on no channel of the list")
            elif wanted.subdir in (*self._configuration.platforms, NOARCH):
                self._wanted[wanted.url] = wanted

    async def _from_spec(self, spec: str) -> None:
        channels = self._configuration.channels
        if problem := spec_problem(spec, channels):
            raise ConfigurationError(f"{self._configuration.path}: `take.specs`: {problem}")
        for platform in self._configuration.platforms:
            taken, left_out = await rattler.matching(channels, spec, platform, admit=self._admit, cache=self._repodata)
            for record in left_out:
                why = self._filtered(record.licence, record.timestamp) or ""
                self._selection.left_out.append(Refusal(record.label, why))
            if not taken:
                filtered = f"; the filters left out {len(left_out)}" if left_out else ""
                raise SolveError(f"`{spec}` fits no package for {platform}{filtered}")
            for record in taken:
                self._wanted[record.url] = from_record(record, f"`{spec}`")
        await self._solve(channels, (spec,), f"`{spec}`")

    async def _solve(self, channels: Iterable[ChannelSource], specs: Iterable[str], why: str) -> None:
        for platform in self._configuration.platforms:
            try:
                records = await rattler.solve(
                    list(channels), list(specs), platform, admit=self._admit, cache=self._repodata
                )
            except SolveError as problem:
                raise SolveError(f"{why} for {platform}: {problem}") from None
            for record in records:
                self._wanted[record.url] = from_record(record, why)

    def _admit(self, record: Record) -> bool:
        return self._filtered(record.licence, record.timestamp) is None

    def _filtered(self, licence: str | None, timestamp: int | None) -> str | None:
        """Why a filter keeps a package out, or None. Its own build time counts, not when somebody indexed it."""
        if denied := denied_licence(licence, self._configuration.deny):
            return f"licence {denied} is refused"
        if self._cutoff and timestamp is None:
            return "has no build time, so `excludeNewer` cannot tell its age"
        if self._cutoff and timestamp and timestamp > self._cutoff.timestamp() * 1000:
            return f"built after {self._cutoff:%Y-%m-%d %H:%M} UTC (`excludeNewer`)"
        return None

    async def _find(self) -> None:
        """Look up upstream's own record of everything that is wanted."""
        groups: dict[tuple[ChannelSource, str], list[Wanted]] = {}
        for wanted in self._wanted.values():
            channel = wanted.channel(self._configuration.channels)
            if channel is None or wanted.subdir not in (*self._configuration.platforms, NOARCH):
                self._refuse(wanted, f"{wanted.url} is not where a package of these platforms can be")
            else:
                groups.setdefault((channel, wanted.subdir), []).append(wanted)
        for (channel, name), group in groups.items():
            opened = Subdir(f"{channel.origin}/{name}", self._transport)
            subdir = opened if await opened.open() else None
            entries = await subdir.entries(wanted.parts[0] for wanted in group) if subdir else {}
            for wanted in group:
                self._settle(wanted, channel, entries.get(wanted.file_name), subdir)

    def _settle(self, wanted: Wanted, channel: ChannelSource, entry: Entry | None, subdir: Subdir | None) -> None:
        path = f"{channel.name}/{wanted.subdir}/{wanted.file_name}"
        if wanted.sha256 is None:
            self._refuse(wanted, "upstream gives no sha256, so its content cannot be checked")
        elif entry is None and (entry := self._earlier(path, wanted.sha256)) is None:
            self._refuse(wanted, f"no longer in the index of {channel.origin}/{wanted.subdir}", outdated=True)
        elif entry.record.get("sha256") != wanted.sha256:
            why = f"sha256 {wanted.sha256} was asked for, the channel has {entry.record.get('sha256')}"
            self._refuse(wanted, why, outdated=True)
        elif why := self._filtered(entry.record.get("license"), milliseconds(entry.record.get("timestamp"))):
            self._refuse(wanted, why)
        else:
            base = subdir.packages_base if subdir else f"{channel.origin}/{wanted.subdir}"
            elsewhere = subdir.elsewhere if subdir else None
            self._selection.taken[path] = Taken(channel, wanted.subdir, entry, f"{base}/{wanted.file_name}", elsewhere)

    def _refuse(self, wanted: Wanted, why: str, *, outdated: bool = False) -> None:
        self._selection.refused.append(Refusal(wanted.label, f"{why} (asked for by {wanted.why})", outdated))


def milliseconds(timestamp: Any) -> int | None:
    """A record's build time; old records have seconds, new ones milliseconds."""
    if not isinstance(timestamp, int | float) or timestamp <= 0:
        return None
    return int(timestamp if timestamp > LAST_SECOND else timestamp * 1000)
