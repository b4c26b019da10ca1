"""Processes that convert wheels, one at a time each.

Programs of our own and not `multiprocessing`: that would run the caller's main module again in each of them.
"""

import json
import os
import pickle
import queue
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

from tools import paths
from tools.fixture_channel.convert import Conversion, convert
from tools.fixture_channel.errors import FixtureChannelError


class Workers:
    """A fixed number of processes; safe to use from as many threads."""

    def __init__(self, count: int, channel: Path, scratch: Path, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        command = [sys.executable, "-m", "tools.fixture_channel.workers", str(channel), str(scratch)]
        with log.open("ab") as errors:
            for _ in range(count):
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    cwd=paths.ROOT,
                    # Ctrl-C is for us alone; a worker ends when its input does.
                    start_new_session=True,
                )
                self._all.append(process)
                self._idle.put(process)

    def convert(self, conversion: Conversion) -> dict[str, Any]:
        """Make a package in one of the processes and return the channel's record of it.

        Raises:
            FixtureChannelError: the process failed.
        """
        process = self._idle.get()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - we asked for pipes
        try:
            pickle.dump(conversion, process.stdin)
            process.stdin.flush()
            line = process.stdout.readline()
        except (OSError, ValueError):
            line = b""
        # A process that is gone goes back, too: the next one to take it must fail and not wait.
        self._idle.put(process)
        if not line:
            raise FixtureChannelError(f"{conversion.wheel.name} cannot be made into a package; see {self._log}")
        return json.loads(line)

    def end(self) -> None:
        """End the processes."""
        for process in self._all:
            process.terminate()
        for process in self._all:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue


def _serve(requests: BinaryIO, answers: BinaryIO, channel: Path, scratch: Path) -> None:
    while True:
        try:
            # From our own parent process, over a pipe that nobody else has.
            conversion = pickle.load(requests)  # noqa: S301
        except EOFError:
            return
        answers.write(json.dumps(convert(conversion, channel, scratch)).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    # Libraries print to standard output now and then; answers have a descriptor of their own.
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, own, Path(sys.argv[1]), Path(sys.argv[2]))
