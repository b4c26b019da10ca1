"""Telling at once that a sync would find nothing new, from the inputs and upstream's own version marks alone."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.conda_mirror.channels import NOARCH, local_path
from services.conda_mirror.configuration import Configuration
from services.conda_mirror.snapshots import FORMAT, Snapshots

INDEX_FILES = ("repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json")
HEAD_SECONDS = 10
ABSENT = "absent"
ABSENT_STATUS = (404, 410)


@dataclass(frozen=True)
class State:
    """What a sync depended on.

    Attributes:
        inputs: Digest of the configuration and of the files that it names.
        upstream: Address of each upstream folder -> its index's version mark, or None where upstream gives none.
    """

    inputs: str
    upstream: dict[str, str | None]

    def fits(self, other: "State") -> bool:
        """Whether both are the same and known to be."""
        known = all(mark is not None for mark in self.upstream.values())
        return known and self.inputs == other.inputs and self.upstream == other.upstream


def current_state(configuration: Configuration, now: datetime) -> State:
    """What a sync would depend on now; reads no index, only its version marks."""
    folders = [f"{channel.origin}/{subdir}" for channel in configuration.channels for subdir in _subdirs(configuration)]
    if any(folder.startswith("http") for folder in folders):
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        with ThreadPoolExecutor(max_workers=8) as threads:
            marks = list(threads.map(_mark, folders))
    else:
        marks = [_mark(folder) for folder in folders]
    return State(_inputs(configuration, now), dict(zip(folders, marks, strict=True)))


def unchanged_since(root: Path, state: State) -> str | None:
    """The current snapshot, if the sync that made it depended on this very state."""
    try:
        content = json.loads((root / "state.json").read_text(encoding="utf-8"))
        before = State(content["inputs"], content["upstream"])
        snapshot = content["snapshot"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return snapshot if snapshot == Snapshots(root).latest() and state.fits(before) else None


def remember(root: Path, state: State, snapshot: str) -> None:
    """Write down what the current snapshot depended on."""
    part = root / "state.json.new"
    part.write_text(json.dumps({"snapshot": snapshot, "inputs": state.inputs, "upstream": state.upstream}, indent=1))
    part.replace(root / "state.json")


def _subdirs(configuration: Configuration) -> tuple[str, ...]:
    return (*configuration.platforms, NOARCH)


def _inputs(configuration: Configuration, now: datetime) -> str:
    digest = hashlib.sha256(f"{FORMAT} {configuration.cutoff(now)}".encode())
    for path in (configuration.path, *configuration.locks, *configuration.environments):
        digest.update(f"{path}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _mark(folder: str) -> str | None:
    for name in INDEX_FILES if folder.startswith("http") else ("repodata.json",):
        mark = _local_mark(f"{folder}/{name}") if folder.startswith("file:") else _remote_mark(f"{folder}/{name}")
        if mark != ABSENT:
            return mark and f"{name} {mark}"
    return ABSENT


def _local_mark(url: str) -> str | None:
    try:
        found = local_path(url).stat()
    except OSError:
        return ABSENT
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"


def _remote_mark(url: str) -> str | None:
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 - costs 40 ms, and file:// channels do not need it
    from urllib.request import Request, urlopen  # noqa: PLC0415

    try:
        with urlopen(Request(url, method="HEAD"), timeout=HEAD_SECONDS) as answer:  # noqa: S310 - from the site's list
            return answer.headers["ETag"] or answer.headers["Last-Modified"]
    except HTTPError as problem:
        return ABSENT if problem.code in ABSENT_STATUS else None
    except (URLError, OSError):
        return None
