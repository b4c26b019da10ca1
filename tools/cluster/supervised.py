"""What `up` and `down` of every supervised set of programs have in common."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from tools.cluster.errors import ClusterError
from tools.cluster.files import lock
from tools.cluster.launcher import end_processes, launch
from tools.cluster.place import Place
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus, State

Report = Callable[[str], None]


class SomeStatus(Protocol):
    """Whatever tells how the programs are."""

    @property
    def state(self) -> State:
        """Whether they run."""
        ...

    @property
    def components(self) -> tuple[ComponentStatus, ...]:
        """The programs."""
        ...

    @property
    def message(self) -> str:
        """What is wrong."""
        ...


StatusT = TypeVar("StatusT", bound=SomeStatus)
PlaceT = TypeVar("PlaceT", bound=Place)


class Supervised(Generic[PlaceT, StatusT]):
    """One set of programs with a supervisor: the embedded cluster, the local services, the real node, and the like.

    Attributes:
        NAME: How each line about the progress begins.
        WHAT: The programs as the subject of a sentence.
        MODULE: The supervisor's entry point; takes `--directory`.
        ERROR: The package's own exception.
        READY_SECONDS: How long to wait at most; the supervisor itself gives up earlier, and says why.
    """

    NAME: ClassVar[str]
    WHAT: ClassVar[str]
    MODULE: ClassVar[str]
    ERROR: ClassVar[type[Exception]]
    READY_SECONDS: ClassVar[float] = 300.0

    def __init__(self, layout: PlaceT, binaries: Path):
        """Names them; nothing is started.

        Args:
            layout: Where everything is that they write.
            binaries: Directory with the programs.
        """
        self.layout = layout
        self._binaries = Path(os.path.abspath(binaries.expanduser()))  # noqa: PTH100 (links to tools stay links)

    def status(self) -> StatusT:
        """Returns what they are doing now."""
        raise NotImplementedError

    def _end(self) -> None:
        """Ends the programs, and removes what is left of a supervisor that was killed."""
        with self._told():
            end_processes(self.layout)

    def _ready_line(self, status: StatusT) -> str:
        """What the last line of `up` says after the time that it took."""
        raise NotImplementedError

    def _advice(self, why: str) -> str:
        """What to do about a start that failed, where more can be said than why."""
        del why
        return ""

    def _check_binaries(self, names: Iterable[str], groups: str) -> None:
        missing = [name for name in names if not os.access(self._binaries / name, os.X_OK)]
        if missing:
            raise self.ERROR(
                f"Missing in {self._binaries}: {', '.join(missing)}. "
                f"Get them: python3 -m tools.bootstrap ensure {groups}".rstrip()
            )

    def _supervise(self) -> None:
        """Starts the supervisor, as the written plan says."""
        with self._told():
            launch(self.layout, self.MODULE, self.WHAT)

    def _launch(self, report: Report, supervise: Callable[[], None] | None = None) -> StatusT:
        """Starts the supervisor and waits until all is ready; nothing is left running when that fails.

        Args:
            report: Takes lines about the progress.
            supervise: Starts it, where more is to be done than that.
        """
        try:
            (supervise or self._supervise)()
            return self._wait_until_ready(report)
        except BaseException:
            record = Record.read(self.layout)
            self._end()
            if record is not None and record.phase == "failed":
                record.write(self.layout)  # so that `status` goes on saying why
            raise

    def _wait_until_ready(self, report: Report) -> StatusT:
        subject, began, said = self.WHAT[0].upper() + self.WHAT[1:], time.monotonic(), ""
        while time.monotonic() - began < self.READY_SECONDS:
            record = Record.read(self.layout)
            if record is None or not is_alive(record.supervisor):
                why = record.message if record and record.message else "the supervisor ended"
                raise self.ERROR(f"{subject} did not start: {why}\nLogs: {self.layout.logs}{self._advice(why)}")
            if record.phase == "ready":
                status = self.status()
                report(f"{self.NAME}: ready after {time.monotonic() - began:.1f} s, {self._ready_line(status)}")
                return status
            if record.progress and record.progress != said:
                said = record.progress
                report(f"{self.NAME}: {time.monotonic() - began:4.1f} s  waiting for {said}")
            time.sleep(0.05)
        raise self.ERROR(f"{subject} did not get ready in {self.READY_SECONDS:.0f} s. Logs: {self.layout.logs}")

    def _settled(self, seconds: float) -> StatusT:
        """The status; a program that is slow to answer, or was just started again, is given a while."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status()
            given_up = any(part.state == "failed" for part in status.components)
            if status.state != "degraded" or given_up or time.monotonic() > deadline:
                return status
            time.sleep(0.2)

    @contextlib.contextmanager
    def _locked(self, report: Report) -> Iterator[None]:
        def waiting() -> None:
            report(f"{self.NAME}: waiting for another `up` or `down` to finish")

        # The other one may remove the directory: it is made again when it has gone.
        with lock(self.layout.command_lock, waiting, self.layout.claim):
            self.layout.prepare()
            yield

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What the modules of supervision say of a cluster holds for these programs as well."""
        try:
            yield
        except ClusterError as error:
            raise self.ERROR(str(error)) from None
