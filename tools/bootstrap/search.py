"""Looks for tools on PATH."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.bootstrap.workplace import Workplace


def files_on_path(place: Workplace, name: str) -> Iterator[Path]:
    """Yield every executable of that name on PATH, in order, but for the clone's own tools."""
    own = {folder.resolve() for folder in place.own_folders}
    seen = set()
    for folder in place.environ.get("PATH", "").split(os.pathsep):
        # An empty or relative entry means the working directory, which is no place to take tools from.
        if not folder or not Path(folder).is_absolute():
            continue
        path = Path(folder) / name
        try:
            if path.parent.resolve() in own or path.resolve().parent in own:
                continue
            usable = path.is_file() and os.access(path, os.X_OK)
        except OSError:
            continue
        # /bin is often a link to /usr/bin.
        if usable and path.resolve() not in seen:
            seen.add(path.resolve())
            yield path


def fingerprint(place: Workplace, names: Iterable[str]) -> list[list[str | int]]:
    """Return what changes whenever another file on PATH could be chosen: path, size and time of each."""
    result: list[list[str | int]] = []
    for name in names:
        for path in files_on_path(place, name):
            status = path.stat()
            result.append([str(path), status.st_size, status.st_mtime_ns])
    return result
