"""The files of all snapshots, once each, named by their sha256."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20


class Pool:
    """A folder of read-only files, each at `<first two digits>/<sha256>`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "pool"
        self.incoming = root / "incoming"

    def path(self, sha256: str) -> Path:
        """Where the file of this content is, or would be."""
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str, size: int | None = None) -> bool:
        """Whether the content is here. Files enter whole and checked, so its size settles it; `verify` reads them."""
        try:
            there = self.path(sha256).stat().st_size
        except OSError:
            return False
        return size is None or there == size

    def adopt(self, file: Path, sha256: str) -> None:
        """Take in a file whose content was checked; it is moved."""
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(0o444)
        file.replace(target)

    def add(self, content: bytes) -> tuple[str, int]:
        """Take in a content; returns its sha256 and size."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(sha256, len(content)):
            self.incoming.mkdir(parents=True, exist_ok=True)
            part = self.incoming / f"{sha256}.{os.getpid()}.new"
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            self.adopt(part, sha256)
        return sha256, len(content)

    def link(self, sha256: str, target: Path) -> None:
        """Make the content appear under another name, sharing the disk space."""
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(self.path(sha256), target)


def hash_stream(stream: BinaryIO) -> tuple[str, int]:
    """The sha256 and size of what a stream yields."""
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def hash_file(path: Path) -> tuple[str, int]:
    """The sha256 and size of a file."""
    with path.open("rb") as stream:
        return hash_stream(stream)
