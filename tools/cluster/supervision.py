"""What the supervisor of any set of programs does: start them, keep them running, write down how that goes, stop them.

The cluster's own supervisor (supervisor.py) and that of the local services (tools/local) say what to start in which
order. SIGTERM stops everything. The programs end with their supervisor, however it ends.
"""

import argparse
import datetime
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from tools.cluster import logs
from tools.cluster.files import try_lock
from tools.cluster.managed import Managed
from tools.cluster.place import Place
from tools.cluster.processes import identify
from tools.cluster.record import Phase, Record

START_SECONDS = 90.0
STOP_SECONDS = 10.0
HOUSEKEEPING_SECONDS = 60.0
# Programs get these variables only: settings of the user's shell, such as ETCD_* or proxies, must not change them.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG")


SomePlace = TypeVar("SomePlace", bound=Place)
SomePlan = TypeVar("SomePlan")


class StopRequest(Exception):  # noqa: N818 (no error)
    """The supervisor was asked to stop."""


class StartError(Exception):
    """The programs cannot be started; the message says why."""


class Supervision:
    """Keeps programs running. A subclass says what starting and stopping means."""

    def __init__(self, place: Place, managed: Mapping[str, Managed], fingerprint: str):
        self._place = place
        self._managed = dict(managed)
        self._fingerprint = fingerprint
        self._phase: Phase = "starting"
        self._progress = "the supervisor"
        self._message = ""
        self._version = ""
        self._stopping = False
        self._wakeup, self._wakeup_writer = os.pipe()

    def start(self) -> None:
        """Starts the programs and returns when they are ready.

        Raises:
            StartError: They cannot be started.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """Stops the programs."""
        raise NotImplementedError

    def work(self) -> None:
        """Starts the programs and looks after them until the supervisor is asked to stop."""
        self.start()
        self.watch()

    def gave_up(self, names: Sequence[str]) -> None:
        """Is told which programs will not be started again."""

    def write_record(self) -> None:
        """Writes down the present state."""
        Record(
            identify(os.getpid()),
            self._phase,
            self._progress,
            self._message,
            self._version,
            self._fingerprint,
            tuple(managed.record() for managed in self._managed.values()),
        ).write(self._place)

    def run(self) -> None:
        """Runs until the supervisor is asked to stop or the programs cannot be started."""
        os.set_blocking(self._wakeup_writer, False)
        signal.set_wakeup_fd(self._wakeup_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that it interrupts the wait
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_asked)
        try:
            self.work()
        except StopRequest:
            self.enter("stopping")
            self.stop()
            self._place.record.unlink(missing_ok=True)
            say("stopped")
        except StartError as failure:
            self._fail(str(failure))
        except Exception as error:
            traceback.print_exc()
            self._fail(f"the supervisor failed: {error!r}; see {self._place.log('supervisor')}")

    def wait(self, what: str, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Waits until something is ready, and looks after the programs meanwhile.

        Raises:
            StartError: It took too long, or a program was given up.
        """
        self._progress = what
        self.write_record()
        deadline = time.monotonic() + seconds
        while not ready():
            self._look_after(0.05)
            failed = [managed.message for managed in self._managed.values() if managed.state == "failed"]
            if failed:
                raise StartError(failed[0])
            if time.monotonic() > deadline:
                raise StartError(f"{what}: not ready after {seconds:.0f} s; see {self._place.logs}")

    def watch(self, until: float = float("inf")) -> None:
        """Looks after the programs until a moment, in seconds since 1970."""
        due = time.monotonic() + HOUSEKEEPING_SECONDS
        while time.time() < until:
            self._look_after(max(0.0, min(due - time.monotonic(), until - time.time())))
            if time.monotonic() >= due:
                due = time.monotonic() + HOUSEKEEPING_SECONDS
                for name in (*self._managed, "supervisor"):
                    if logs.shrink(self._place.log(name)):
                        say(f"the log of {name} had grown large and was put aside as {name}.log.1")

    def stop_all(self, *groups: Sequence[str]) -> None:
        """Stops groups of programs, one group after the other."""
        for group in groups:
            for name in group:
                self._managed[name].terminate()
            for name in group:
                self._managed[name].wait(STOP_SECONDS)

    def enter(self, phase: Phase) -> None:
        """Writes down that a phase begins."""
        self._phase, self._progress = phase, ""
        self.write_record()
        say(phase)

    def _look_after(self, seconds: float) -> None:
        """Waits until something happens, at most `seconds`, and starts again what has ended."""
        waits = [managed.seconds_until_due() for managed in self._managed.values()]
        seconds = min([seconds, *(wait for wait in waits if wait is not None)])
        if select.select([self._wakeup], [], [], seconds)[0]:
            os.read(self._wakeup, 4096)
        if self._stopping:
            raise StopRequest
        events = [event for managed in self._managed.values() if (event := managed.check()) is not None]
        for event in events:
            say(event)
        if events:
            failed = {name: managed.message for name, managed in self._managed.items() if managed.state == "failed"}
            self._message = "\n".join(failed.values())
            self.gave_up(list(failed))
            self.write_record()

    def _fail(self, message: str) -> None:
        say(f"failed: {message}")
        self.stop()
        self._phase, self._message = "failed", message
        self.write_record()

    def _stop_asked(self, *_: object) -> None:
        self._stopping = True


def supervise(
    module: str,
    description: str | None,
    layout_of: Callable[[Path], SomePlace],
    read_plan: Callable[[SomePlace], SomePlan | None],
    make: Callable[[SomePlace, SomePlan], Supervision],
) -> None:
    """The command line of a supervisor: detaches it, as soon as its plan could be read.

    Args:
        module: Name of the package that it belongs to, whose `up` writes the plan.
        description: What it is, for `--help`.
        layout_of: From a directory to its place.
        read_plan: Reads what is to run, if it is there.
        make: Makes the supervisor, in the background process.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}.supervise", description=description)
    parser.add_argument("--directory", required=True, type=Path, help="the directory with plan.json")
    layout = layout_of(parser.parse_args().directory)
    planned = read_plan(layout)
    if planned is None:
        sys.exit(f"{layout.plan} is missing or damaged; `python -m {module} up` writes it")
    detach(layout, lambda: make(layout, planned))


def detach(place: Place, make: Callable[[], Supervision]) -> None:
    """Runs a supervisor in the background; the launching process ends as soon as it has made itself known.

    Args:
        place: Where its files are.
        make: Makes the supervisor, in the background process.
    """
    # `up` blocks signals while it launches this process, and the mask is inherited.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    known, make_known = os.pipe()
    if os.fork():
        os.close(make_known)
        os._exit(0 if os.read(known, 1) else 1)
    os.close(known)
    os.setsid()
    os.umask(0o077)
    if try_lock(place.supervisor_lock) is None:  # else held until this process ends
        sys.exit(f"another supervisor runs what is in {place.directory}")
    supervisor = make()
    supervisor.write_record()
    os.write(make_known, b".")
    os.close(make_known)
    os.chdir(place.directory)
    supervisor.run()


def say(text: str) -> None:
    """Writes a line with the time into the supervisor's log."""
    print(f"{datetime.datetime.now().astimezone().isoformat(timespec='milliseconds')} {text}", flush=True)
