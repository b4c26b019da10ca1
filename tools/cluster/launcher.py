"""Starts a supervisor, detached, and ends it."""

import os
import signal
import subprocess
import sys

from tools.cluster.errors import ClusterError
from tools.cluster.files import try_lock
from tools.cluster.logs import excerpt, rotate
from tools.cluster.place import Place
from tools.cluster.processes import end
from tools.cluster.record import Record
from tools.paths import ROOT

STOP_SECONDS = 45.0


def launch(layout: Place, module: str, what: str) -> None:
    """Starts the supervisor and returns as soon as it has made itself known.

    Args:
        layout: Where its files are.
        module: Its entry point; takes `--directory`.
        what: What it supervises, for messages.

    Raises:
        ClusterError: It did not start.
    """
    log = layout.log("supervisor")
    rotate(log)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", module, f"--directory={layout.directory}"]
    # An interruption between the start of the supervisor and its record would leave a supervisor nobody knows of.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        with log.open("ab") as stream:
            launched = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                cwd=ROOT,
                env=environment,
                start_new_session=True,
                check=False,
            )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    if launched.returncode:
        raise ClusterError(f"The supervisor of {what} did not start. The end of {log}:\n{excerpt(log)}")


def end_processes(layout: Place) -> None:
    """Ends the supervisor and what it may have left behind, and removes what says that they run.

    Raises:
        ClusterError: A supervisor runs that cannot be told from the files.
    """
    record = Record.read(layout)
    if record is not None:
        if record.supervisor is not None:
            end([record.supervisor], STOP_SECONDS)
        # The components end with their supervisor; this is for one that hangs in the kernel.
        end([component.process for component in record.components if component.process], 5)
    descriptor = try_lock(layout.supervisor_lock)
    if descriptor is None:
        raise ClusterError(
            f"A supervisor holds {layout.supervisor_lock}, but {layout.record} does not name it. "
            f"Find it with `fuser {layout.supervisor_lock}` and end it."
        )
    os.close(descriptor)
    layout.forget()
