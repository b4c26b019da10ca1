"""One command at a time may change a stack."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.stack.problem import StackProblem


@contextmanager
def exclusive(path: Path, stack: str) -> Iterator[None]:
    """Hold a lock file while a stack is worked on. The system lets go of it when the process ends, however it ends.

    Raises:
        StackProblem: Another command holds it; the message names its process.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another command"
            raise StackProblem(
                f'Stack "{stack}" is in use by {holder}. Wait until it has finished, then run this command again.'
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"another command (process {os.getpid()})\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
