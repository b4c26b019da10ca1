"""What one run of the bootstrap shares: folders, network answers, child processes, progress."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.failures import build_failure
from tools.bootstrap.processes import Children
from tools.bootstrap.progress import Progress
from tools.bootstrap.reachability import Reachability
from tools.bootstrap.releases import Downloader
from tools.bootstrap.workplace import Workplace


@dataclass
class Session:
    """One run."""

    place: Workplace
    progress: Progress
    hosts: Reachability
    children: Children = field(default_factory=Children)
    # uv and Go are made on demand by whichever group needs them first.
    shared: threading.Lock = field(default_factory=threading.Lock)
    said: set[str] = field(default_factory=set)
    threads: list[threading.Thread] = field(default_factory=list)

    @classmethod
    def open(cls, place: Workplace, progress: Progress | None = None) -> "Session":
        """Start a run for a clone."""
        return cls(
            place,
            progress or Progress(place.environ),
            Reachability(place.environ, offline=place.offline),
        )

    def join(self, seconds: float) -> None:
        """Let the threads of groups finish; those that hang in a name look-up are left behind."""
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))


@dataclass(frozen=True)
class Task:
    """One group's view of a run."""

    session: Session
    group: str

    @property
    def place(self) -> Workplace:
        """The clone."""
        return self.session.place

    @property
    def log(self) -> Path:
        """The group's log file."""
        return self.place.logs / f"{self.group}.log"

    def doing(self, text: str, done: int = 0, total: int = 0, unit: str = "") -> None:
        """Say what happens now, and how much of it is done."""
        self.session.progress.doing(self.group, text, done, total, unit)

    def downloader(self, what: str) -> Downloader:
        """Return what downloads releases and shows it as this group's progress."""
        return Downloader(
            self.session.hosts,
            lambda done, total: self.doing(f"downloading {what}", done >> 20, total >> 20, "MB"),
            self.session.children.check,
        )

    def note(self, text: str) -> None:
        """Write a line to the log and print it; once, if it is said again."""
        line = f"  {self.group}: {text}"
        if line in self.session.said:
            return
        self.session.said.add(line)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"# {text}\n")
        self.session.progress.say(line)

    def run(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        directory: Path | None = None,
        on_line: Callable[[str], bool | None] = lambda _: None,
    ) -> None:
        """Run a command, its output in the group's log.

        Raises:
            BootstrapError: the command failed; the text has the log's last lines and what to do.
            CancelledError: the run was stopped.
        """
        try:
            code = self.session.children.run(
                command,
                log=self.log,
                directory=directory or self.place.root,
                environ=environ,
                on_line=on_line,
            )
        except OSError as error:
            raise BootstrapError(f"{command[0]} cannot be started: {error.strerror or error}") from error
        if code != 0:
            raise build_failure(self.group, command, code, self.log)
