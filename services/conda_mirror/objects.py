"""A bounded folder of files named by their sha256; the least recently used go first."""

import contextlib
import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from services.conda_mirror.snapshots import SHA256


class Objects:
    """Files of a node's cache. Whatever is lost is fetched again, so nothing here needs care."""

    def __init__(self, folder: Path, limit: int, evicted: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self.limit = limit
        self._evicted = evicted
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self.size = 0
        folder.mkdir(parents=True, exist_ok=True)
        found = []
        for path in folder.iterdir():
            if SHA256.fullmatch(path.name):
                status = path.stat()
                found.append((status.st_mtime, path.name, status.st_size))
            else:  # a download that was cut off
                path.unlink(missing_ok=True)
        for _, name, size in sorted(found):
            self._sizes[name] = size
            self.size += size
        self._shrink(limit)

    def get(self, sha256: str, size: int | None = None) -> Path | None:
        """The file of a content, now the most recently used; None if it is not here or was cut off by a crash."""
        path = self.folder / sha256
        known = self._sizes.get(sha256)
        if known is None:
            return None
        try:
            there = path.stat().st_size
            os.utime(path)
        except OSError:
            there = -1
        if there != known or (size is not None and there != size):
            self._drop(sha256)
            return None
        self._sizes.move_to_end(sha256)
        return path

    def part(self, sha256: str) -> Path:
        """Where to download a content to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{sha256}.part"

    def adopt(self, part: Path, sha256: str, size: int) -> Path:
        """Take in a download whose content was checked."""
        self._shrink(self.limit - size)
        part.replace(self.folder / sha256)
        self._sizes[sha256] = size
        self.size += size
        return self.folder / sha256

    def make_room(self, size: int) -> None:
        """Let go of at least so many bytes, if there are that many."""
        self._shrink(max(self.size - size, 0))

    def _shrink(self, limit: int) -> None:
        while self._sizes and self.size > limit:
            self._drop(next(iter(self._sizes)))
            self._evicted()

    def _drop(self, sha256: str) -> None:
        self.size -= self._sizes.pop(sha256)
        with contextlib.suppress(OSError):
            (self.folder / sha256).unlink()
