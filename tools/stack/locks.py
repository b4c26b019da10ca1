"""The locks of Pulumi's file backend: whose are they, and is the owner still there?

While it changes a stack the CLI keeps a file `.pulumi/locks/organization/<project>/<stack>/<uuid>.json` in the
backend, with its process id, user, host and the time. A CLI that was killed leaves it behind, and every later run
refuses to work until somebody removes it.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.stack import processes

# Process start times have the resolution of the boot time, one second.
CLOCK_SLACK = 2.0


class Owner(Enum):
    """What became of the process that took a lock."""

    DEAD = "dead"
    ALIVE = "alive"
    ELSEWHERE = "elsewhere"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Lock:
    """One lock file."""

    path: Path
    owner: Owner
    pid: int = 0
    user: str = ""
    host: str = ""
    taken: str = ""

    def remove(self) -> None:
        """Delete this lock and no other."""
        self.path.unlink(missing_ok=True)
        self.path.with_name(f"{self.path.name}.attrs").unlink(missing_ok=True)

    def __str__(self) -> str:
        if self.owner is Owner.UNREADABLE:
            return f"{self.path} (not readable as a lock)"
        return f"{self.user}@{self.host}, process {self.pid}, since {self.taken}"


def local_backend(url: str, root: Path) -> Path | None:
    """The directory of a `file://` backend, or None for any other.

    Args:
        url: The backend's address.
        root: What a relative address is relative to (the directory Pulumi runs in).
    """
    if not url.startswith("file://"):
        return None
    rest = unquote(url.removeprefix("file://").partition("?")[0])
    if rest == "~" or rest.startswith("~/"):
        return Path(rest).expanduser()
    return root / rest if rest else None


def described_backend(environment: Mapping[str, str]) -> str:
    """The backend's address without credentials, for messages."""
    parts = urlsplit(environment.get("PULUMI_BACKEND_URL", ""))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() or "the backend of `pulumi login`"


def read_locks(backend: Path, project: str, stack: str) -> list[Lock]:
    """All locks on a stack in a file backend, oldest name first."""
    directory = backend / ".pulumi" / "locks" / "organization" / project / stack
    return [_read(path) for path in sorted(directory.glob("*.json"))]


def _read(path: Path) -> Lock:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pid, host, taken = int(content["pid"]), str(content["hostname"]), str(content["timestamp"])
        moment = datetime.fromisoformat(taken).timestamp()
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(path, Owner.UNREADABLE)
    user = str(content.get("username", "unknown user"))
    return Lock(path, _owner(pid, host, moment), pid, user, host, taken)


def _owner(pid: int, host: str, taken: float) -> Owner:
    # Go and Python both answer with the kernel's node name.
    if host not in (socket.gethostname(), os.uname().nodename):
        return Owner.ELSEWHERE
    if not processes.alive(pid):
        return Owner.DEAD
    began = processes.started_at(pid)
    # Process ids are used again: whoever started after the lock was taken is not its owner.
    if began is not None and began > taken + CLOCK_SLACK:
        return Owner.DEAD
    return Owner.ALIVE
