"""Runs a command again and again: `python -m tools.observability.periodically --seconds 300 -- COMMAND...`.

What a CronJob does in a cluster whose nodes are real. A run that fails is told in the log; the next one comes anyway.
"""

import argparse
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

_RETRY_SECONDS = 15.0  # a first run may come before anything has been measured


def run(command: Sequence[str], seconds: float, stopped: threading.Event) -> None:
    """Runs the command until it is told to stop.

    Args:
        command: The command line.
        seconds: From the start of a run to the start of the next; after a failure it is tried again sooner.
        stopped: Ends the loop, and the run that is at work.
    """
    while not stopped.is_set():
        began = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if stopped.wait(0.2):
                    process.terminate()
        if process.returncode and not stopped.is_set():
            print(f"failed with exit status {process.returncode}: {' '.join(command)}", file=sys.stderr, flush=True)
        pause = min(seconds, _RETRY_SECONDS) if process.returncode else seconds
        stopped.wait(max(0.0, began + pause - time.monotonic()))


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.observability.periodically", description=__doc__)
    parser.add_argument("--seconds", type=float, required=True, help="from the start of a run to the next")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="what to run")
    arguments = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    run(arguments.command, arguments.seconds, stopped)


if __name__ == "__main__":
    main()
