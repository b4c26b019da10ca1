"""Child processes that end with us: each leads its own process group, which is ended as a whole."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bootstrap.errors import CancelledError

_GRACE_SECONDS = 5.0
_QUICK_SECONDS = 20.0


class Children:
    """Starts child processes and ends all of them on request."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether the run was asked to stop."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise CancelledError once the run was asked to stop."""
        if self.cancelled:
            raise CancelledError("interrupted")

    def run(
        self,
        command: Sequence[str],
        *,
        log: Path,
        directory: Path,
        environ: Mapping[str, str],
        on_line: Callable[[str], bool | None] = lambda _: None,
    ) -> int:
        """Run a command with its output in a log file, and return its exit code.

        Args:
            command: program and arguments.
            log: is appended to.
            directory: the command's working directory.
            environ: its whole environment.
            on_line: is given each line of output, for progress; returns False to keep it out of the log.

        Raises:
            CancelledError: the run was stopped; the command was ended.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(command)}\n")
            file.flush()
            process = self._start(command, directory, environ)
            try:
                assert process.stdout is not None  # noqa: S101 - we asked for the pipe
                for line in process.stdout:
                    if on_line(line.rstrip("\n")) is not False:
                        file.write(line)
                        file.flush()
                code = process.wait()
            except BaseException:  # a Ctrl-C in the main thread: nobody else would end it
                _end_groups([process])
                raise
            finally:
                with self._lock:
                    self._running.discard(process)
                if process.stdout is not None:
                    process.stdout.close()
        self.check()
        return code

    def _start(self, command: Sequence[str], directory: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        with self._lock:  # so that end_all() cannot miss a child that is just being started
            self.check()
            process = subprocess.Popen(
                list(command),
                cwd=directory,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        return process

    def end_all(self) -> None:
        """Stop the run: end every child with its own children, by force after a grace period."""
        self._cancelled.set()
        with self._lock:
            running = list(self._running)
        _end_groups(running)


def _end_groups(running: Sequence["subprocess.Popen[str]"]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and any(_group_lives(process) for process in running):
            time.sleep(0.05)


def _group_lives(process: subprocess.Popen[str]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def output_of(command: Sequence[str], environ: Mapping[str, str], seconds: float = _QUICK_SECONDS) -> str | None:
    """Return what a quick command prints (both streams), or None when it fails, hangs or does not exist."""
    try:
        result = subprocess.run(
            list(command),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None
