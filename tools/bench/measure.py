"""Measuring a command: wall time, and the memory of each process it starts."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROLES = {"pulumi-language-python-exec": "program", "resource-kubernetes": "provider"}
"""What in a command line tells the role of a process; the first process is the CLI."""
SAMPLE_SECONDS = 0.1


Tell = Callable[[str], None]


def silent(_line: str) -> None:
    """Say nothing about the output of a command."""


class MeasureError(Exception):
    """A measured command failed; the message has the end of its output."""


@dataclass(frozen=True)
class Measured:
    """One run of a command."""

    seconds: float
    peak_megabytes: Mapping[str, float]
    """Largest resident memory by role: `cli`, `program`, `provider`."""
    output: str


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    tell: Tell = silent,
) -> Measured:
    """Run a command to its end and measure it.

    Args:
        command: The program and its arguments.
        cwd: Where it runs.
        environment: All its variables.
        tell: Takes each line of its output as it comes.

    Raises:
        MeasureError: It failed.
    """
    peaks: dict[str, float] = {}
    done = threading.Event()
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=cwd, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        sampler = threading.Thread(target=_sample, args=(process.pid, peaks, done))
        sampler.start()
        try:
            lines = []
            for line in process.stdout or ():
                lines.append(line)
                tell(line.rstrip("\n"))
        except BaseException:  # Ctrl-C above all: what was started must not outlive this
            process.terminate()
            raise
        finally:
            done.set()
            sampler.join()
    seconds, output = time.perf_counter() - began, "".join(lines)
    if process.returncode:
        raise MeasureError(f"{' '.join(command[:4])} ended with {process.returncode}:\n{output[-3000:]}")
    return Measured(seconds, peaks, output)


def _sample(root: int, peaks: dict[str, float], done: threading.Event) -> None:
    while not done.wait(SAMPLE_SECONDS):
        for pid, role in _family(root):
            resident = _resident_megabytes(pid)
            peaks[role] = max(peaks.get(role, 0.0), resident)


def _family(root: int) -> Iterator[tuple[int, str]]:
    """The process and its descendants, each with its role."""
    yield root, "cli"
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        for child in _children(pid):
            waiting.append(child)
            line = _command_line(child)
            role = next((role for mark, role in ROLES.items() if mark in line), None)
            if role:
                yield child, role


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # the process ended meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread did
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _resident_megabytes(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def result(name: str, value: float, unit: str, *, against: float, goal: str, met: bool, **more: Any) -> str:
    """The one JSON line that a benchmark prints last."""
    ratio = round(value / against, 3) if against else None
    line = {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "against": round(against, 3),
        "ratio": ratio,
        "goal": goal,
        "met": met,
        **more,
    }
    return json.dumps(line)
