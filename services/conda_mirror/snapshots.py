"""Snapshots: immutable, numbered by time and content, and the one pointer that says which is current."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from services.conda_mirror.channels import NOARCH, PLATFORMS
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.pool import Pool

FORMAT = 1
IDENTIFIER = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{12}")
SHA256 = re.compile(r"[0-9a-f]{64}")
SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+!~=-]*")
"""What a name in a channel may be made of; none can lead out of a folder or hide in it."""
Files = dict[str, tuple[str, int]]
"""Path below the snapshot -> sha256 and size."""


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds.

    Attributes:
        id: `YYYYMMDDTHHMMSSZ-<first 12 digits of the digest>`.
        created: ISO 8601, UTC.
        digest: sha256 over the channels' records and packages; the same content has the same digest.
        channels: Name -> canonical URL, highest priority first.
        platforms: Platforms that packages were taken for.
        files: What the channels consist of.
        carried: Files of earlier snapshots that no index names any more, kept for clients that hold an older one.
    """

    id: str
    created: str
    digest: str
    channels: dict[str, str]
    platforms: tuple[str, ...]
    files: Files
    carried: Files = field(default_factory=dict)

    @property
    def everything(self) -> Files:
        """All files, whether an index names them or not."""
        return {**self.carried, **self.files}

    @property
    def packages(self) -> Files:
        """The packages alone."""
        return {path: file for path, file in self.files.items() if is_package(path)}

    def to_json(self) -> str:
        """As it is written to `snapshot.json`."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)


def is_package(path: str) -> bool:
    """Whether a path is that of a package archive."""
    return path.endswith((".conda", ".tar.bz2"))


def content_digest(channels: Mapping[str, str], files: Files) -> str:
    """The digest of a content: its channels, records and packages, without what is made from these."""
    lines = [f"{name} {url}" for name, url in channels.items()]
    lines += [f"{path} {files[path][0]}" for path in sorted(files) if is_package(path) or path.endswith(".json")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def make_manifest(
    channels: Mapping[str, str], platforms: tuple[str, ...], files: Files, carried: Files, now: datetime
) -> Manifest:
    """Describe a new snapshot."""
    digest = content_digest(channels, files)
    identifier = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:12]}"
    return Manifest(identifier, now.astimezone(UTC).isoformat(), digest, dict(channels), platforms, files, carried)


def parse_manifest(text: str, where: str) -> Manifest:
    """Read a manifest, trusting nothing in it.

    Raises:
        MirrorError: It is not one, or names files outside of a channel's folders.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        if content.pop("format") != FORMAT:
            raise ValueError("of another format; a newer version of this program may read it")
        for key in ("files", "carried"):
            content[key] = {path: (str(sha256), int(size)) for path, (sha256, size) in content[key].items()}
        manifest = Manifest(**{**content, "platforms": tuple(content["platforms"])})
        problem = _problem(manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        problem = str(cause)
    else:
        if problem is None:
            return manifest
    raise MirrorError(f"{where}: not a snapshot's manifest: {problem}")


def _problem(manifest: Manifest) -> str | None:
    for path, (sha256, size) in manifest.everything.items():
        parts = PurePosixPath(path).parts
        if "/".join(parts) != path or not all(SEGMENT.fullmatch(part) for part in parts):
            return f"bad path {path!r}"
        if len(parts) not in (3, 4) or parts[0] not in manifest.channels or parts[1] not in (*PLATFORMS, NOARCH):
            return f"{path!r} lies in no channel's folder"
        if not SHA256.fullmatch(sha256) or size < 0:
            return f"bad sha256 or size of {path!r}"
    if content_digest(manifest.channels, manifest.files) != manifest.digest:
        return "its digest does not fit its files"
    if not IDENTIFIER.fullmatch(manifest.id) or manifest.id.split("-")[1] != manifest.digest[:12]:
        return f"bad identifier {manifest.id!r}"
    return None


class Snapshots:
    """The snapshots in a mirror's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "snapshots"
        self.staging = root / "staging"
        self.pointer = root / "latest"

    def latest(self) -> str | None:
        """The current snapshot, or None before the first."""
        try:
            identifier = self.pointer.readlink().name
        except OSError:
            return None
        return identifier if (self.folder / identifier / "snapshot.json").is_file() else None

    def path(self, identifier: str) -> Path:
        """The folder of a snapshot; `latest` is understood.

        Raises:
            MirrorError: There is none of that name.
        """
        name = self.latest() if identifier == "latest" else identifier
        if name and IDENTIFIER.fullmatch(name) and (self.folder / name / "snapshot.json").is_file():
            return self.folder / name
        there = ", ".join(self.identifiers()) or "none yet; run `sync` first"
        raise MirrorError(f"{self.root} has no snapshot `{identifier}`. There: {there}")

    def identifiers(self) -> list[str]:
        """All snapshots, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [entry.name for entry in self.folder.iterdir() if IDENTIFIER.fullmatch(entry.name)]
        return sorted(name for name in found if (self.folder / name / "snapshot.json").is_file())

    def manifest(self, identifier: str) -> Manifest:
        """What a snapshot holds.

        Raises:
            MirrorError: There is no such snapshot, or its manifest is damaged.
        """
        path = self.path(identifier) / "snapshot.json"
        return parse_manifest(path.read_text(encoding="utf-8"), str(path))

    def manifests(self) -> Iterator[Manifest]:
        """All manifests, oldest snapshot first."""
        for identifier in self.identifiers():
            yield self.manifest(identifier)

    def with_digest(self, digest: str) -> str | None:
        """The newest snapshot of this content, or None."""
        return next((name for name in reversed(self.identifiers()) if name.endswith(f"-{digest[:12]}")), None)

    def publish(self, manifest: Manifest, pool: Pool) -> None:
        """Make a snapshot appear, whole or not at all. It is not current yet.

        It is put together beside the others and moved in by one rename.
        """
        stage = self.staging / manifest.id
        if stage.exists():
            shutil.rmtree(stage)
        for name in manifest.channels:
            for subdir in (*manifest.platforms, NOARCH):
                (stage / name / subdir).mkdir(parents=True)
        for path, (sha256, _) in manifest.everything.items():
            pool.link(sha256, stage / path)
        with (stage / "snapshot.json").open("w", encoding="utf-8") as stream:
            stream.write(manifest.to_json())
            stream.flush()
            os.fsync(stream.fileno())
        self.folder.mkdir(parents=True, exist_ok=True)
        stage.rename(self.folder / manifest.id)
        _flush(self.folder)

    def mend(self, manifest: Manifest, pool: Pool) -> None:
        """Put back contents of a snapshot that were damaged or lost and are in the pool again."""
        for path, (sha256, size) in manifest.everything.items():
            file = self.folder / manifest.id / path
            if pool.has(sha256, size) and not (file.exists() and file.samefile(pool.path(sha256))):
                self.staging.mkdir(parents=True, exist_ok=True)
                part = self.staging / sha256
                part.unlink(missing_ok=True)
                pool.link(sha256, part)
                part.replace(file)

    def point(self, identifier: str) -> None:
        """Make a snapshot the current one, in one step for everybody who reads."""
        self.staging.mkdir(parents=True, exist_ok=True)
        link = self.staging / "latest"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("snapshots") / identifier)
        link.replace(self.pointer)
        _flush(self.root)

    def clear_staging(self) -> None:
        """Remove what a run left that was killed; only for the holder of the lock."""
        if self.staging.is_dir():
            shutil.rmtree(self.staging)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
