"""Files that other processes read while they are written, and locks between processes."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file so that a reader sees either the old or the new content, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "w", opener=lambda name, flags: os.open(name, flags, mode), encoding="utf-8") as stream:
            stream.write(text)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict:
    """Returns the JSON object in a file; an empty one if the file is missing or damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def try_lock(path: Path) -> int | None:
    """Takes an exclusive lock and returns its file descriptor, or None if another process holds it.

    The kernel frees the lock when the descriptor is closed, thus also when the process dies in any way.
    """
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:  # its directory was removed a moment ago
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        # The holder before us may have removed the file (`down --delete-data`): then this lock locks nothing.
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        os.close(descriptor)


@contextlib.contextmanager
def lock(path: Path, waiting: Callable[[], None], prepare: Callable[[], None]) -> Iterator[None]:
    """Holds an exclusive lock.

    Args:
        path: The file that is locked.
        waiting: Called once if another process has to be waited for.
        prepare: Called before each attempt; makes the file's directory.
    """
    prepare()
    descriptor = try_lock(path)
    if descriptor is None:
        waiting()
    while descriptor is None:
        time.sleep(0.1)
        prepare()
        descriptor = try_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)
