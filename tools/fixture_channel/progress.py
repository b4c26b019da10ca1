"""Says what the build does, one line a step, and how far a long step is."""

import threading
import time
from collections.abc import Callable

_HEARTBEAT_SECONDS = 5.0


class Progress:
    """Reports lines; safe to use from several threads."""

    def __init__(self, report: Callable[[str], None], total: int) -> None:
        self._report = report
        self._began = time.monotonic()
        self._spoke = self._began
        self._total = total
        self._done = 0
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        """Return the seconds since the build began."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """Report a line now."""
        with self._lock:
            self._spoke = time.monotonic()
            self._report(f"fixture channel: {text} ({self.elapsed:.0f} s)")

    def more(self, total: int) -> None:
        """Count with that many more packages."""
        with self._lock:
            self._total += total

    def packed(self, name: str) -> None:
        """Count a finished package; reported every few seconds."""
        with self._lock:
            self._done += 1
            now = time.monotonic()
            if now - self._spoke < _HEARTBEAT_SECONDS and self._done < self._total:
                return
            self._spoke = now
            self._report(f"fixture channel: {self._done} of {self._total} packages, {name} ({self.elapsed:.0f} s)")
