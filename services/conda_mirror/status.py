"""`status`: what a mirror's folder holds."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.conda_mirror.progress import human
from services.conda_mirror.snapshots import Snapshots


@dataclass(frozen=True)
class SnapshotStatus:
    """One snapshot in short."""

    id: str
    created: str
    channels: dict[str, str]
    platforms: tuple[str, ...]
    packages: int
    size: int


@dataclass(frozen=True)
class Status:
    """A mirror's folder in short."""

    latest: str | None
    snapshots: tuple[SnapshotStatus, ...]
    disk: int
    """Bytes of all contents, each counted once."""

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        lines = [f"{len(self.snapshots)} snapshot(s), {human(self.disk)} on disk, current: {self.latest or 'none'}"]
        for snapshot in self.snapshots:
            mark = "*" if snapshot.id == self.latest else " "
            channels = ", ".join(snapshot.channels)
            lines.append(f"{mark} {snapshot.id}  {snapshot.packages} packages, {human(snapshot.size)}  {channels}")
        return lines


def status(root: Path) -> Status:
    """Look at a mirror's folder.

    Raises:
        MirrorError: A manifest is damaged.
    """
    snapshots = Snapshots(root)
    found = [
        SnapshotStatus(
            manifest.id,
            manifest.created,
            manifest.channels,
            manifest.platforms,
            len(manifest.packages),
            sum(size for _, size in manifest.files.values()),
        )
        for manifest in snapshots.manifests()
    ]
    disk = sum(path.stat().st_size for path in (root / "pool").glob("*/*"))
    return Status(snapshots.latest(), tuple(found), disk)
