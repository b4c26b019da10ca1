"""Processes by pid and start time: a pid alone may by now be another process."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# Zombies, and those that are being reaped.
_ENDED = ("Z", "X")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Identity:
    """One process, for as long as the machine runs.

    Attributes:
        pid: Its process id.
        started: Its start time in clock ticks since the boot, from /proc/PID/stat.
        boot: Which boot.
    """

    pid: int
    started: int
    boot: str

    def as_json(self) -> dict:
        """Returns the identity for a state file."""
        return {"pid": self.pid, "started": self.started, "boot": self.boot}

    @classmethod
    def from_json(cls, value: object) -> "Identity | None":
        """Returns the identity in a state file, or None if it is none."""
        if not isinstance(value, dict):
            return None
        pid, started, boot = value.get("pid"), value.get("started"), value.get("boot")
        if isinstance(pid, int) and isinstance(started, int) and isinstance(boot, str) and pid > 0:
            return cls(pid, started, boot)
        return None


def read_stat(pid: int) -> tuple[str, int] | None:
    """Returns the state of a process and its start time in clock ticks since the boot; None if that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in parentheses may hold blanks and parentheses itself.
    fields = stat.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def alive(pid: int) -> bool:
    """Returns whether a process of that id runs, on any system; one of which only the exit status is left does not."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it exists and belongs to somebody else
    stat = read_stat(pid)
    return stat is None or stat[0] not in _ENDED


def identify(pid: int) -> Identity | None:
    """Returns the identity of a running process; None if there is none or only its exit status is left."""
    stat = read_stat(pid)
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return None if stat is None or stat[0] in _ENDED else Identity(pid, stat[1], boot)


def is_alive(identity: Identity | None) -> bool:
    """Returns whether that very process still runs."""
    return identity is not None and identify(identity.pid) == identity


def end(identities: Iterable[Identity], patience: float) -> None:
    """Asks processes to end (SIGTERM), and ends those that have not after `patience` seconds (SIGKILL)."""
    remaining = [identity for identity in identities if is_alive(identity)]
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        for identity in remaining:
            if is_alive(identity):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(identity.pid, number)
        deadline = time.monotonic() + seconds
        while remaining and time.monotonic() < deadline:
            remaining = [identity for identity in remaining if is_alive(identity)]
            if remaining:
                time.sleep(0.05)


def end_with_parent() -> Callable[[], None]:
    """Returns a function for a child to call before its program starts: it then ends when its parent ends.

    However the parent ends: the kernel sends the signal, also after kill -9 of the parent.
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def prepare() -> None:
        # Not SIGTERM: API server and etcd would wait for each other's connections to close.
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return prepare
