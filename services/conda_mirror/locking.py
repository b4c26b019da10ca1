"""One writer at a time: a lock on the mirror's folder that ends with the process that holds it."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from services.conda_mirror.errors import MirrorError

RETRY_SECONDS = 0.2


@contextlib.contextmanager
def exclusive(root: Path, what: str, wait: float, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the mirror's lock.

    The kernel drops it when the process ends, however it ends, so nothing is ever left behind to be cleared by hand.

    Args:
        root: The mirror's folder.
        what: What the holder does, for whoever finds it locked.
        wait: Seconds to wait for another holder.
        report: Told once when there is one.

    Raises:
        MirrorError: Another one still held it after `wait`, or the folder cannot be written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as problem:
        raise MirrorError(f"cannot write to {root}: {problem.strerror}") from None
    try:
        _take(descriptor, root, wait, report)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{what} (process {os.getpid()} on {os.uname().nodename})".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, root: Path, wait: float, report: Callable[[str], None]) -> None:
    end = time.monotonic() + wait
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace") or "another process"
            if time.monotonic() >= end:
                raise MirrorError(
                    f"{root} is being written by: {holder}. Try again when it has ended, or wait for it with --wait 10m"
                ) from None
            if not told:
                report(f"waiting for: {holder}")
                told = True
            time.sleep(RETRY_SECONDS)
        else:
            return


@contextlib.contextmanager
def reading(snapshot: Path) -> Iterator[None]:
    """Keep a snapshot from being collected while it is read."""
    descriptor = os.open(snapshot, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def unread(snapshot: Path) -> Iterator[bool]:
    """Whether nobody reads a snapshot; while True nobody begins to."""
    descriptor = os.open(snapshot, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)
