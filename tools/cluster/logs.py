"""Log files: kept small, shown together."""

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

LARGEST_BYTES = 16 * 1024 * 1024


def rotate(path: Path) -> None:
    """Puts the log of the last start aside as `.1`; the one before that is dropped."""
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))


def shrink(path: Path, largest: int = LARGEST_BYTES) -> bool:
    """Puts a log aside that has grown too large, while a program goes on writing to it.

    The program appends, so that it writes at the start of the emptied file; lines written in this very moment are lost.

    Returns:
        Whether it was too large.
    """
    if not path.exists() or path.stat().st_size <= largest:
        return False
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)
    return True


def tail(path: Path, lines: int) -> list[str]:
    """Returns the last lines of a log; none if there is no log."""
    if lines <= 0 or not path.exists():
        return []
    with path.open("rb") as stream:
        # Log lines are seldom longer than this; what is read stays bounded.
        start = max(0, path.stat().st_size - lines * 2000)
        stream.seek(start)
        content = stream.read().decode("utf-8", "replace")
    if start:
        content = content.partition("\n")[2]
    return list(deque(content.splitlines(), maxlen=lines))


def excerpt(path: Path, lines: int = 8, longest: int = 300) -> str:
    """Returns the end of a log for an error message: a few indented lines, long ones cut."""
    return "\n".join(f"  {line[:longest]}" for line in tail(path, lines))


class Follower:
    """Yields the lines that are added to a log, also after it was emptied or made anew."""

    def __init__(self, path: Path):
        """Starts at the present end of the log."""
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._inode = path.stat().st_ino if path.exists() else 0
        self._rest = ""

    def lines(self) -> list[str]:
        """Returns the complete lines added since the last call."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return []
        if stat.st_ino != self._inode or stat.st_size < self._position:
            self._position, self._inode, self._rest = 0, stat.st_ino, ""
        if stat.st_size == self._position:
            return []
        with self._path.open("rb") as stream:
            stream.seek(self._position)
            added = stream.read()
        self._position += len(added)
        *complete, self._rest = (self._rest + added.decode("utf-8", "replace")).split("\n")
        return complete


def show(
    logs: Sequence[tuple[str, Path]],
    lines: int,
    follow: bool,
    write: Callable[[str], None] = print,
    pause: Callable[[], None] = lambda: time.sleep(0.3),
) -> None:
    """Writes the last lines of several logs, each with the name of its component in front.

    Args:
        logs: Names and files.
        lines: How many lines of each.
        follow: Whether to go on until interrupted.
        write: Takes one line.
        pause: Waits between two looks; ends the following by an exception.
    """
    width = max((len(name) for name, _ in logs), default=0)
    followers = [(name, Follower(path)) for name, path in logs]
    for name, path in logs:
        for line in tail(path, lines):
            write(f"{name:{width}} | {line}")
    while follow:
        for name, follower in followers:
            for line in follower.lines():
                write(f"{name:{width}} | {line}")
        pause()
