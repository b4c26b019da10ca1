"""A progress bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import TextIO

WIDTH = 30
BAR_SECONDS, LINE_SECONDS = 0.1, 10.0


def human(size: float) -> str:
    """A number of bytes for people: `91.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


class Progress:
    """Counts files and bytes of a transfer."""

    def __init__(self, files: int, size: int, stream: TextIO | None = None) -> None:
        self.files, self.size = files, size
        self.done_files = self.done_size = 0
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._shown = time.monotonic()

    def add(self, size: int) -> None:
        """One more file is there."""
        self.done_files += 1
        self.done_size += size
        now = time.monotonic()
        if now - self._shown >= (BAR_SECONDS if self._terminal else LINE_SECONDS):
            self._shown = now
            self._show()

    def close(self) -> None:
        """Leave the terminal tidy."""
        if self._terminal and self.files:
            self._show()
            self._stream.write("\n")
            self._stream.flush()

    def _show(self) -> None:
        share = self.done_size / self.size if self.size else self.done_files / max(self.files, 1)
        text = f"{self.done_files}/{self.files} files, {human(self.done_size)} of {human(self.size)}"
        if self._terminal:
            bar = ("#" * round(min(share, 1) * WIDTH)).ljust(WIDTH)
            self._stream.write(f"\r[{bar}] {text}\033[K")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
