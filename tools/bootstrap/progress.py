"""What the bootstrap is doing: one updating block on a terminal, plain lines elsewhere."""

import shutil
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

_REDRAW_SECONDS = 0.5
_HEARTBEAT_SECONDS = 30.0


def duration(seconds: float) -> str:
    """Return a duration such as `4.2 s` or `3 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


@dataclass
class _Activity:
    began: float
    text: str = "starting"
    done: int = 0
    total: int = 0
    unit: str = ""
    spoke: float = field(default_factory=time.monotonic)

    def line(self, group: str, now: float) -> str:
        count = f", {self.done} of {self.total} {self.unit}" if self.total else ""
        return f"  {group}: {self.text}{count}, {duration(now - self.began)}"


class Progress:
    """Collects what each group does; safe to use from several threads."""

    def __init__(self, environ: Mapping[str, str], out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty() and environ.get("TERM", "dumb") != "dumb" and not environ.get("CI")
        self._lock = threading.RLock()
        self._active: dict[str, _Activity] = {}
        self._drawn = 0
        self._total = 0
        self._finished = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, total: int) -> None:
        """Start showing the progress of that many groups."""
        self._total = total
        self._stop.clear()
        self._thread = threading.Thread(target=self._tick, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop showing progress and leave the terminal clean."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._erase()
            self._out.flush()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            self._erase()
            print(text, file=self._out, flush=True)
            self._draw()

    def started(self, group: str) -> None:
        """A group begins."""
        with self._lock:
            self._active[group] = _Activity(time.monotonic())

    def doing(self, group: str, text: str, done: int = 0, total: int = 0, unit: str = "") -> None:
        """A group does something else now, or has done more of it."""
        with self._lock:
            activity = self._active.get(group)
            if activity is None:
                return
            changed = activity.text != text
            activity.text, activity.done, activity.total, activity.unit = text, done, total, unit
            if changed and not self._live:
                activity.spoke = time.monotonic()
                print(f"  {group}: {text}", file=self._out, flush=True)

    def finished(self, group: str, text: str, *, failed: bool = False) -> None:
        """A group ended; the text says how."""
        with self._lock:
            activity = self._active.pop(group)
            self._finished += 1
            elapsed = duration(time.monotonic() - activity.began)
            outcome = f"FAILED after {elapsed}: {text}" if failed else f"{text} ({elapsed})"
            self.say(f"  [{self._finished} of {self._total}] {group}: {outcome}")

    def _tick(self) -> None:
        while not self._stop.wait(_REDRAW_SECONDS):
            with self._lock:
                if self._live:
                    self._erase()
                    self._draw()
                else:
                    self._heartbeat()

    def _heartbeat(self) -> None:
        now = time.monotonic()
        for group, activity in self._active.items():
            if now - activity.spoke >= _HEARTBEAT_SECONDS:
                activity.spoke = now
                print(activity.line(group, now), file=self._out, flush=True)

    def _draw(self) -> None:
        if not self._live or self._stop.is_set():
            return
        width = shutil.get_terminal_size().columns - 1
        now = time.monotonic()
        lines = [activity.line(group, now)[:width] for group, activity in self._active.items()]
        for line in lines:
            self._out.write(line + "\n")
        self._drawn = len(lines)
        self._out.flush()

    def _erase(self) -> None:
        if self._drawn:
            # Up over the block, then clear to the end of the screen.
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0
