"""Gives the files of a layer what makes them the same in every build: modes, times, and records without build paths."""

import json
import os
import stat
from pathlib import Path

from . import EPOCH, LayerError

# These name folders of the building machine, and nothing that reads the prefix later needs them.
_BUILD_ONLY = ("extracted_package_dir", "package_tarball_full_path", "link")


def listing(root: Path) -> dict[str, tuple[int, int, int]]:
    """Every path below a folder -> (mode, size, time), without following links; folders' size and time are left out."""
    found: dict[str, tuple[int, int, int]] = {}
    pending = [root] if root.is_dir() else []
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                    found[entry.path] = (status.st_mode, 0, 0)
                else:
                    found[entry.path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def check_unchanged(before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]]) -> None:
    """A layer must not touch what lies below it.

    Raises:
        LayerError: If files of the layer below are gone or have changed.
    """
    changed = sorted(path for path, facts in before.items() if after.get(path) != facts)
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise LayerError(f"the layer would change files of the layer below: {', '.join(changed[:5])}{more}")


def scrub_record(path: Path) -> None:
    """Take the building machine's paths out of a package record, and write it in one fixed form."""
    record = json.loads(path.read_text())
    for key in _BUILD_ONLY:
        record.pop(key, None)
    path.write_text(json.dumps(record, sort_keys=True, separators=(",", ":")) + "\n")


def settle(root: Path, before: dict[str, tuple[int, int, int]] | None = None) -> int:
    """Fix owner, mode and time of everything new below a folder, and the time of each folder that holds it.

    Files become 0644 or, if their owner may run them, 0755; folders 0755; nothing keeps a setuid, setgid or sticky bit.

    Args:
        root: The folder.
        before: What was there before the layer; it is left alone.

    Returns:
        How many entries are new.
    """
    before = before or {}
    folders = {str(root), *map(str, root.parents)}
    count = 0
    for path, (mode, _, _) in listing(root).items():
        if path in before:
            continue
        count += 1
        status = os.lstat(path)
        if status.st_uid or status.st_gid:
            os.chown(path, 0, 0, follow_symlinks=False)
        if not stat.S_ISLNK(mode):
            wanted = 0o755 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o644
            if stat.S_IMODE(mode) != wanted:
                os.chmod(path, wanted)  # noqa: PTH101 - tens of thousands of them
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
        folder = os.path.dirname(path)  # noqa: PTH120
        while folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
    for folder in folders:
        os.utime(folder, (EPOCH, EPOCH))
    return count


def tidy_prefix(prefix: Path) -> None:
    """Make conda's own records in a prefix reproducible and readable for everybody.

    The history is emptied, not removed: conda takes a folder without one for no environment at all.
    """
    meta = prefix / "conda-meta"
    for path in meta.glob("*.json"):
        if any(f'"{key}"' in path.read_text() for key in _BUILD_ONLY):
            scrub_record(path)
    history = meta / "history"
    if not history.exists() or history.stat().st_size:
        history.write_bytes(b"")
