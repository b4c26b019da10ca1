"""One component under supervision: started, started again when it ends, given up when that does not help."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.cluster import logs
from tools.cluster.components import Component
from tools.cluster.processes import Identity, end_with_parent, identify
from tools.cluster.record import ComponentRecord

QUICK_DEATH_SECONDS = 10.0
MOST_QUICK_DEATHS = 5


class Managed:
    """A component and its process.

    It is started again at once after it has run for a while, and after a pause that grows by a second each time when it
    ends soon after its start. The fifth such end in a row is the last.

    Attributes:
        component: What is run.
        state: "stopped", "running", "restarting" or "failed".
        restarts: How often it was started again.
        message: Why it was given up, with the end of its log; else empty.
    """

    def __init__(
        self,
        component: Component,
        log: Path,
        directory: Path,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ):
        self.component = component
        self.state = "stopped"
        self.restarts = 0
        self.message = ""
        self._log = log
        self._directory = directory
        self._environment = dict(environment)
        self._clock = clock
        self._process: subprocess.Popen | None = None
        self._identity: Identity | None = None
        self._started = 0.0
        self._quick_deaths = 0
        self._due = 0.0

    def start(self) -> None:
        """Starts the component for the first time, with a fresh log."""
        logs.rotate(self._log)
        self._quick_deaths = 0
        self._spawn()

    def check(self) -> str | None:
        """Looks after the process.

        Returns:
            What has happened since the last call, for the supervisor's log; None if nothing has.
        """
        if self.state == "running" and self._process is not None and self._process.poll() is not None:
            return self._died(_how_it_ended(self._process.returncode))
        if self.state == "restarting" and self._clock() >= self._due:
            self.restarts += 1
            return self._spawn() or f"{self.component.name} started again (restart {self.restarts})"
        return None

    def seconds_until_due(self) -> float | None:
        """Returns how long until it must be started again; None if it need not be."""
        return max(0.0, self._due - self._clock()) if self.state == "restarting" else None

    def terminate(self) -> None:
        """Asks the process to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, patience: float) -> None:
        """Waits for the process to end, and kills it when that takes longer than `patience` seconds."""
        if self._process is not None:
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process, self._identity, self.state = None, None, "stopped"

    def record(self) -> ComponentRecord:
        """Returns what the supervisor writes down of the component."""
        process = self._identity if self.state == "running" else None
        return ComponentRecord(self.component.name, process, self.state, self.restarts)

    def _spawn(self) -> str | None:
        try:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.component.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._directory,
                    env=self._environment,
                    preexec_fn=end_with_parent(),  # noqa: PLW1509 (the supervisor has one thread)
                )
        except OSError as error:
            return self._died(f"cannot be started: {error.strerror or error}")
        self._identity = identify(self._process.pid)
        self._started = self._clock()
        self.state = "running"
        return None

    def _died(self, how: str) -> str:
        lifetime = self._clock() - self._started if self._process is not None else 0.0
        self._quick_deaths = self._quick_deaths + 1 if lifetime < QUICK_DEATH_SECONDS else 0
        self._process, self._identity = None, None
        if self._quick_deaths >= MOST_QUICK_DEATHS:
            self.state = "failed"
            end = logs.excerpt(self._log)
            self.message = (
                f"{self.component.name} {how}, for the {self._quick_deaths}th time in a row soon after its start; "
                f"given up. The end of {self._log}:\n{end}"
            )
            return self.message
        pause = max(0, self._quick_deaths - 1)
        self._due = self._clock() + pause
        self.state = "restarting"
        return f"{self.component.name} {how}; to be started again in {pause} s"


def _how_it_ended(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
