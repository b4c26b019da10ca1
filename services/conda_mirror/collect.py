"""`gc`: removing old snapshots, and files that no snapshot holds any more."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.conda_mirror.locking import exclusive, unread
from services.conda_mirror.pool import Pool
from services.conda_mirror.progress import human
from services.conda_mirror.snapshots import Snapshots


@dataclass(frozen=True)
class Collected:
    """What was removed, or would be."""

    snapshots: tuple[str, ...]
    kept: tuple[str, ...]
    in_use: tuple[str, ...]
    files: int
    size: int

    def lines(self) -> list[str]:
        """For people."""
        busy = f"; kept though old, being read: {', '.join(self.in_use)}" if self.in_use else ""
        removed = f": {', '.join(self.snapshots)}" if self.snapshots else ""
        return [
            f"removed {len(self.snapshots)} snapshot(s){removed}{busy}",
            f"removed {self.files} file(s), {human(self.size)}; {len(self.kept)} snapshot(s) kept",
        ]


def collect(
    root: Path,
    *,
    keep: int,
    age: timedelta,
    grace: timedelta,
    wait: float = 0,
    dry_run: bool = False,
    report: Callable[[str], None] = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Collected:
    """Remove snapshots that are neither among the newest nor young, then what nothing refers to.

    The current snapshot and whatever is being verified or exported always stay.

    Args:
        root: The mirror's folder.
        keep: Number of newest snapshots to keep.
        age: Snapshots younger than this are kept too.
        grace: Files younger than this stay even if no snapshot holds them: a sync that failed goes on from there.
        wait: Seconds to wait for a running sync.
        dry_run: Only say what would go.
        report: Told when waiting.
        now: The clock.

    Raises:
        MirrorError: A sync is running, or a manifest is damaged (then nothing is removed).
    """
    with exclusive(root, "gc", wait, report):
        snapshots = Snapshots(root)
        manifests = {manifest.id: manifest for manifest in snapshots.manifests()}
        newest = set(sorted(manifests)[-max(keep, 0) :] if keep else ())
        limit = now() - age
        old = [
            name
            for name, manifest in manifests.items()
            if name not in newest and name != snapshots.latest() and datetime.fromisoformat(manifest.created) <= limit
        ]
        gone, busy = _remove(snapshots, old, dry_run)
        held = {
            sha256
            for name, manifest in manifests.items()
            if name not in gone
            for sha256, _ in manifest.everything.values()
        }
        files, size = _sweep(Pool(root), held, (now() - grace).timestamp(), dry_run)
        kept = tuple(name for name in manifests if name not in gone)
        return Collected(tuple(gone), kept, tuple(busy), files, size)


def _remove(snapshots: Snapshots, old: list[str], dry_run: bool) -> tuple[list[str], list[str]]:
    gone: list[str] = []
    busy: list[str] = []
    if not dry_run:
        snapshots.clear_staging()
    for name in old:
        with unread(snapshots.folder / name) as free:
            if not free:
                busy.append(name)
                continue
            if not dry_run:  # out of sight in one step, then piece by piece
                snapshots.staging.mkdir(parents=True, exist_ok=True)
                (snapshots.folder / name).rename(snapshots.staging / name)
            gone.append(name)
        if not dry_run:
            shutil.rmtree(snapshots.staging / name)
    return gone, busy


def _sweep(pool: Pool, held: set[str], limit: float, dry_run: bool) -> tuple[int, int]:
    files = size = 0
    for path in [*pool.folder.glob("*/*"), *pool.incoming.glob("*")]:
        found = path.stat()
        if path.name in held or found.st_mtime > limit:
            continue
        files += 1
        size += found.st_size
        if not dry_run:
            path.unlink()
    return files, size
