"""Processes of this machine by their ids alone: since when one runs, and which belong to a run."""

import os
import subprocess
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tools.cluster import processes
from tools.cluster.processes import alive, identify, read_stat

__all__ = ["alive", "end", "started_at", "with_variable"]

PROC = Path("/proc")


def started_at(pid: int) -> float | None:
    """When a process started, in seconds since 1970, or None if that cannot be told (or it is gone)."""
    stat, boot = read_stat(pid), _boot_time()
    if stat is not None and boot is not None:
        return boot + stat[1] / os.sysconf("SC_CLK_TCK")
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


def end(pids: Iterable[int], *, patience: float = 5.0) -> list[int]:
    """Ask processes to end, and after `patience` seconds end them; returns the ids there were."""
    there = {pid: identity for pid in pids if (identity := identify(pid)) is not None}
    processes.end(there.values(), patience)
    return list(there)


def _boot_time() -> int | None:
    try:
        lines = PROC.joinpath("stat").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("btime ")), None)
