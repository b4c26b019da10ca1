"""What a snapshot is to hold: packages named by lock files, environment files and match specs, with their records."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.configuration import Configuration
from services.conda_mirror.environment_file import read_environment, spec_problem
from services.conda_mirror.errors import ConfigurationError, SolveError
from services.conda_mirror.licences import denied_licence
from services.conda_mirror.records import Record
from services.conda_mirror.snapshots import SEGMENT
from services.conda_mirror.transport import Transport
from services.conda_mirror.upstream import Entry, Upstream


@dataclass(frozen=True)
class Refusal:
    """A package that was asked for and not taken."""

    package: str
    why: str

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
        self._upstreams = {channel.canonical: Upstream(channel, transport) for channel in configuration.channels}
        self._repodata = rattler.Repodata(cache)
        self._cutoff = cutoff
        self._earlier = earlier
        self._wanted: dict[str, tuple[Record, str]] = {}
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
        lock = rattler.read_lock(path)
        for environment in lock.environments.values():
            for platform in self._configuration.platforms:
                for record in environment.get(platform, ()):
                    why = None if self._listed(record) else f"{record.url} is on no channel of the list"
                    why = why or self._filtered(record)
                    if why:
                        self._selection.refused.append(Refusal(record.label, f"{why} (asked for by {path})"))
                    else:
                        self._wanted[record.url] = (record, str(path))

    async def _from_spec(self, spec: str) -> None:
        channels = self._configuration.channels
        if problem := spec_problem(spec, channels):
            raise ConfigurationError(f"{self._configuration.path}: `take.specs`: {problem}")
        for platform in self._configuration.platforms:
            taken, left_out = await rattler.matching(channels, spec, platform, admit=self._admit, cache=self._repodata)
            for record in left_out:
                self._selection.left_out.append(Refusal(record.label, self._filtered(record) or "filtered"))
            if not taken:
                filtered = f"; the filters left out {len(left_out)}" if left_out else ""
                raise SolveError(f"`{spec}` fits no package for {platform}{filtered}")
            for record in taken:
                self._wanted[record.url] = (record, f"`{spec}`")
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
                self._wanted[record.url] = (record, why)

    def _admit(self, record: Record) -> bool:
        return self._filtered(record) is None

    def _filtered(self, record: Record) -> str | None:
        """Why a filter keeps a package out, or None. Its own build time counts, not when somebody indexed it."""
        if licence := denied_licence(record.licence, self._configuration.deny):
            return f"licence {licence} is refused"
        if self._cutoff and record.timestamp is None:
            return "has no build time, so `excludeNewer` cannot tell its age"
        if self._cutoff and record.timestamp and record.timestamp > self._cutoff.timestamp() * 1000:
            return f"built after {self._cutoff:%Y-%m-%d %H:%M} UTC (`excludeNewer`)"
        return None

    def _listed(self, record: Record) -> bool:
        upstream = self._upstreams.get(record.channel)
        return upstream is not None and record.url == upstream.channel.package_url(record.subdir, record.file_name)

    async def _find(self) -> None:
        """Look up upstream's own record of everything that is wanted."""
        groups: dict[tuple[str, str], list[tuple[Record, str]]] = {}
        for record, why in self._wanted.values():
            groups.setdefault((record.channel, record.subdir), []).append((record, why))
        for (url, name), wanted in sorted(groups.items()):
            upstream = self._upstreams[url]
            subdir = await upstream.subdir(name)
            entries = await subdir.entries(record.name for record, _ in wanted) if subdir else {}
            for record, why in wanted:
                base = subdir.packages_base if subdir else f"{upstream.channel.origin}/{name}"
                taken = Taken(
                    upstream.channel, name, Entry("", "", {}), f"{base}/{record.file_name}", subdir and subdir.elsewhere
                )
                self._settle(record, why, entries.get(record.file_name), taken)

    def _settle(self, record: Record, why: str, entry: Entry | None, draft: Taken) -> None:
        path = f"{draft.channel.name}/{draft.subdir}/{record.file_name}"
        if not SEGMENT.fullmatch(record.file_name):
            problem = f"bad file name {record.file_name!r}"
        elif record.sha256 is None:
            problem = "upstream gives no sha256, so its content cannot be checked"
        elif entry is None and (entry := self._earlier(path, record.sha256)) is None:
            problem = f"no longer in the index of {draft.channel.origin}/{draft.subdir}"
        elif entry.record.get("sha256") != record.sha256:
            problem = f"sha256 {record.sha256} was asked for, the channel has {entry.record.get('sha256')}"
        else:
            self._selection.taken[path] = Taken(draft.channel, draft.subdir, entry, draft.url, draft.elsewhere)
            return
        self._selection.refused.append(Refusal(record.label, f"{problem} (asked for by {why})"))
