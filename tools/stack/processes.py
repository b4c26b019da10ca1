"""Processes of this machine: is one alive, since when, and which belong to a run."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether a process with this id runs; one that has ended and waits to be reaped does not."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it exists and belongs to somebody else
    return _stat(pid)[0] != "Z"


def started_at(pid: int) -> float | None:
    """When a process started, in seconds since 1970, or None if that cannot be told (or it is gone)."""
    _, ticks = _stat(pid)
    boot = _boot_time()
    if ticks is not None and boot is not None:
        return boot + ticks / os.sysconf("SC_CLK_TCK")
    if PROC.joinpath("self").exists():
        return None
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        return datetime.strptime(answer.stdout.strip(), "%a %b %d %H:%M:%S %Y").timestamp()
    except ValueError:
        return None


def with_variable(name: str, value: str) -> list[int]:
    """The processes of this user whose environment has `name=value`, apart from this one (Linux; else none)."""
    wanted = f"{name}={value}".encode()
    found = []
    for entry in PROC.glob("[0-9]*") if PROC.joinpath("self").exists() else ():
        pid = int(entry.name)
        try:
            environment = entry.joinpath("environ").read_bytes()
        except OSError:
            continue  # gone, or somebody else's
        if pid != os.getpid() and wanted in environment.split(b"\0") and alive(pid):
            found.append(pid)
    return found


def end(pids: Iterable[int], *, patience: float = 5.0, pause: Callable[[float], None] = time.sleep) -> list[int]:
    """Ask processes to end, and after `patience` seconds end them; returns the ids there were."""
    there = [pid for pid in pids if alive(pid)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in there:
            _signal(pid, number)
        deadline = time.monotonic() + patience
        while any(alive(pid) for pid in there) and time.monotonic() < deadline:
            pause(0.05)
    return there


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _stat(pid: int) -> tuple[str, int | None]:
    try:
        text = PROC.joinpath(str(pid), "stat").read_text()
    except OSError:
        return "?", None
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks and parentheses
    return fields[0], int(fields[19])


def _boot_time() -> int | None:
    try:
        lines = PROC.joinpath("stat").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("btime ")), None)
