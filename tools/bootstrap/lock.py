"""One bootstrap at a time in a clone."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_POLL_SECONDS = 0.2


@contextlib.contextmanager
def locked(path: Path, say: Callable[[str], None], poll: Callable[[], None] = lambda: None) -> Iterator[bool]:
    """Hold the clone's lock; yield whether somebody else had it first.

    The system frees the lock when the process ends, however it ends, so no stale lock can stay behind.

    Args:
        path: the lock file; it stays, since deleting it would let two processes hold two locks.
        say: is told once whom we wait for.
        poll: is called while waiting and may raise to stop the wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        waited = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waited:
                    file.seek(0)
                    say(f"waiting for another bootstrap (pid {file.read().strip() or 'unknown'})")
                waited = True
                poll()
                time.sleep(_POLL_SECONDS)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield waited
        finally:
            file.seek(0)
            file.truncate()
