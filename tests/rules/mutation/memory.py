"""What promtool said before: a trial that was stopped goes on, and a changed time line costs what it costs alone."""

import hashlib
import json
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Memory:
    """Answers of one promtool, kept in a file: one line each, so that nothing is lost when a trial is stopped.

    Args:
        file: The file; None keeps nothing.
        promtool: The program; another version may say something else.
    """

    def __init__(self, file: Path | None, promtool: Path) -> None:
        self._file, self._lock = file, threading.Lock()
        self._said: dict[str, bool] = {}
        if file is None:
            return
        told = subprocess.run([str(promtool), "--version"], capture_output=True, text=True, check=True, timeout=60)
        self._version = told.stdout
        if file.exists():
            self._said = dict(_answers(file.read_text(encoding="utf-8").splitlines()))

    def key(self, case: str, groups: list[dict[str, Any]]) -> str:
        """What an answer depends on: promtool, a time line as text, and the rules."""
        if self._file is None:
            return ""
        text = json.dumps([self._version, case, groups])
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def noticed(self, key: str) -> bool | None:
        """Whether promtool found anything wrong; None if it was not asked."""
        return self._said.get(key)

    def keep(self, key: str, noticed: bool) -> None:
        """Keeps an answer."""
        if self._file is None:
            return
        with self._lock:
            self._said[key] = noticed
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(f"{key} {int(noticed)}\n")


def _answers(lines: Iterable[str]) -> Iterable[tuple[str, bool]]:
    for line in lines:
        key, _, noticed = line.partition(" ")
        if noticed in ("0", "1"):  # the last line of a trial that was killed may be a part of one
            yield key, noticed == "1"
