"""What a command is doing while it does it, and how long each phase took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Prints phases as they begin and end, and remembers how long each took.

    Everything is flushed at once, so that the lines stay in order with those of the child processes that write to
    the same terminal or log.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.phases: list[tuple[str, float]] = []

    def say(self, text: str = "") -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    def note(self, text: str) -> None:
        """Print a line that belongs to the phase in hand."""
        for line in text.splitlines() or [""]:
            self.say(f"    {line}".rstrip())

    def took(self, name: str, seconds: float) -> None:
        """Record a phase that somebody else ran and timed."""
        self.phases.append((name, seconds))

    @contextmanager
    def phase(self, name: str, doing: str) -> Iterator[None]:
        """Announce a phase and, when it ends well, say how long it took."""
        self.say(f"==> {name}: {doing}")
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self.phases.append((name, seconds))
        self.note(f"{name} done in {duration(seconds)}")

    def summary(self) -> str:
        """One line with the time of every phase and their sum."""
        parts = ", ".join(f"{name} {duration(seconds)}" for name, seconds in self.phases)
        return f"Time: {parts}; {duration(sum(seconds for _, seconds in self.phases))} in all"


def duration(seconds: float) -> str:
    """A time in the unit a person would use: `0.3 s`, `42 s`, `3 min 5 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
