"""`sync`: from upstream channels to a new snapshot, which becomes current only when it is whole and checked."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.conda_mirror.channels import NOARCH
from services.conda_mirror.configuration import Configuration
from services.conda_mirror.errors import MirrorError, UpstreamError
from services.conda_mirror.locking import exclusive
from services.conda_mirror.pool import Pool
from services.conda_mirror.progress import human
from services.conda_mirror.snapshots import Files, Manifest, Snapshots, is_package, make_manifest
from services.conda_mirror.unchanged import State, current_state, remember, unchanged_since

if TYPE_CHECKING:
    from services.conda_mirror.selection import Refusal, Selection
    from services.conda_mirror.upstream import Entry

NOT_MODIFIED = "304 Not Modified"
SHOWN = 20
"""Refusals that are spelled out in a message."""


@dataclass(frozen=True)
class Summary:
    """What a sync did.

    Attributes:
        snapshot: The current snapshot now.
        changed: Whether it is another one than before.
        packages: Packages in it.
        new: Packages that were downloaded.
        reused: Packages that were here already.
        downloaded_bytes: Size of the new ones.
        left_out: `package: why`, for what a match spec fits and a filter kept out.
    """

    snapshot: str
    changed: bool
    packages: int
    new: int = 0
    reused: int = 0
    downloaded_bytes: int = 0
    left_out: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        state = "new snapshot" if self.changed else "unchanged, snapshot"
        head = f"{state} {self.snapshot}: {self.packages} packages"
        if self.new or self.reused:
            head += f" ({self.new} downloaded, {human(self.downloaded_bytes)}; {self.reused} reused)"
        return [head, *_listing("left out by the filters", self.left_out)]

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def synchronise(
    configuration: Configuration,
    root: Path,
    *,
    wait: float = 0,
    report: Callable[[str], None] = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Summary:
    """Bring the mirror up to date.

    Args:
        configuration: What to take, and from where.
        root: The mirror's folder.
        wait: Seconds to wait for another sync that is running.
        report: Told what happens.
        now: The clock.

    Raises:
        MirrorError: Something could not be had or was refused. The current snapshot is unchanged, and what was
            downloaded is kept for the next run.
    """
    state = current_state(configuration, now())
    if snapshot := unchanged_since(root, state):
        return Summary(snapshot, False, len(Snapshots(root).manifest(snapshot).packages))
    with exclusive(root, "sync", wait, report):
        import asyncio  # noqa: PLC0415 - not needed to find that there is nothing to do

        Snapshots(root).clear_staging()
        try:
            return asyncio.run(_Run(configuration, root, now, report).run(state))
        except OSError as problem:
            from services.conda_mirror.fetch import disk_error  # noqa: PLC0415

            raise disk_error(problem, root) from None


class _Run:
    def __init__(
        self, configuration: Configuration, root: Path, now: Callable[[], datetime], report: Callable[[str], None]
    ) -> None:
        self.configuration = configuration
        self.pool = Pool(root)
        self.snapshots = Snapshots(root)
        self.root = root
        self.now = now
        self.report = report

    async def run(self, state: State) -> Summary:
        from services.conda_mirror.fetch import Fetcher  # noqa: PLC0415 - with all that only a real sync needs
        from services.conda_mirror.selection import Selector  # noqa: PLC0415
        from services.conda_mirror.transport import Transport  # noqa: PLC0415

        configuration = self.configuration
        async with Transport(configuration.jobs) as transport:
            cache, cutoff = self.root / "repodata-cache", configuration.cutoff(self.now())
            try:
                selection = await Selector(configuration, transport, cache, cutoff, self._earlier).select()
            except UpstreamError as problem:
                if NOT_MODIFIED not in str(problem):
                    raise
                # py-rattler asked for changes only, and took an answer without marks of version for a failure.
                shutil.rmtree(cache, ignore_errors=True)
                selection = await Selector(configuration, transport, cache, cutoff, self._earlier).select()
            _refuse(selection.refused)
            fetched = await Fetcher(self.pool, transport, configuration.jobs).fetch(selection.taken.values())
            _refuse(fetched.refused)
        manifest, changed = self._publish(selection, fetched.files)
        remember(self.root, state, manifest.id)
        return Summary(
            manifest.id,
            changed,
            len(manifest.packages),
            fetched.new,
            fetched.reused,
            fetched.new_bytes,
            [str(refusal) for refusal in selection.left_out],
        )

    def _publish(self, selection: "Selection", packages: Files) -> tuple[Manifest, bool]:
        from services.conda_mirror.repodata import write_index  # noqa: PLC0415

        platforms = self.configuration.platforms
        channels = {channel.name: channel.canonical for channel in self.configuration.channels}
        files: Files = dict(packages)
        for name in channels:
            for subdir in (*platforms, NOARCH):
                folder = f"{name}/{subdir}"
                entries = [taken.entry for path, taken in selection.taken.items() if path.startswith(f"{folder}/")]
                files.update(write_index(folder, subdir, entries, self.pool))
        before = self.snapshots.latest()
        now = self.now()
        if before:  # snapshots are ordered by their names, whatever the clock does
            now = max(now, _moment(before) + timedelta(seconds=1))
        manifest = make_manifest(channels, platforms, files, self._carried(files, channels, now), now)
        if before and self.snapshots.manifest(before).digest == manifest.digest:
            self.snapshots.mend(self.snapshots.manifest(before), self.pool)
            return self.snapshots.manifest(before), False
        finished = self.snapshots.with_digest(manifest.digest)
        if finished and finished > (before or ""):  # a run that was killed before it could make it current
            manifest = self.snapshots.manifest(finished)
        else:
            self.snapshots.publish(manifest, self.pool)
        self.snapshots.point(manifest.id)
        return manifest, True

    def _carried(self, files: Files, channels: Iterable[str], now: datetime) -> Files:
        """Packages and shards of snapshots that were current within the grace time.

        A client that has read an index before the switch asks for what it names after it.
        """
        carried: Files = {}
        superseded = now
        for identifier in reversed(self.snapshots.identifiers()):
            if superseded < now - self.configuration.grace:
                break
            for path, file in self.snapshots.manifest(identifier).files.items():
                channel, _, *rest = path.split("/")
                if channel in channels and path not in files and (is_package(path) or len(rest) > 1):
                    carried.setdefault(path, file)
            superseded = _moment(identifier)
        return carried

    def _earlier(self, path: str, sha256: str) -> "Entry | None":
        """The record of a package that upstream has taken out of its index, from the snapshot that has it."""
        import json  # noqa: PLC0415

        from services.conda_mirror.upstream import entries_of  # noqa: PLC0415

        for identifier in reversed(self.snapshots.identifiers()):
            if self.snapshots.manifest(identifier).files.get(path, ("", 0))[0] == sha256:
                folder, name = path.rsplit("/", 1)
                index = json.loads((self.snapshots.path(identifier) / folder / "repodata.json").read_bytes())
                self.report(f"{path} has left the index upstream; keeping the copy of {identifier}")
                return next(entry for entry in entries_of(index) if entry.file_name == name)
        return None


def _moment(identifier: str) -> datetime:
    return datetime.strptime(identifier.split("-", 1)[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _refuse(refused: "Sequence[Refusal]") -> None:
    if refused:
        renew = "Upstream changed or removed packages since the locks were made: make them anew (`make lock`)"
        hint = [renew] if any(refusal.outdated for refusal in refused) else []
        lines = sorted(str(refusal) for refusal in refused)
        raise MirrorError("\n".join([*_listing("refused", lines), *hint, "The current snapshot is unchanged"]))


def _listing(what: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [f"{what}: {len(lines)} package(s)", *(f"  {line}" for line in lines[:SHOWN]), *more]
