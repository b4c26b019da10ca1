"""Indexes in a node's cache: asked for again after a while, and kept for as long as the mirror is away."""

import asyncio
import base64
import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from services.conda_mirror.addresses import Address
from services.conda_mirror.metrics import Metrics
from services.conda_mirror.upstream import JSON, entries_of

FRESH_SECONDS = 15.0
AWAY_SECONDS = 5.0
"""How long a mirror that did not answer is not asked for the same index again: clients should not wait each time."""
NOT_MODIFIED, NOT_FOUND, OK = 304, 404, 200
STORED = 1000
"""Files of indexes that a restart keeps."""
PARSED = 32
"""Parsed indexes kept in memory."""


@dataclass
class Index:
    """A stored index."""

    path: Path
    sha256: str
    etag: str | None
    checked: float = 0.0


class AwayError(Exception):
    """The mirror does not answer."""


class MissingError(Exception):
    """The mirror has no such file."""


class DamagedError(Exception):
    """What the mirror sent is not what it says it is."""


def digest_of(headers: Any) -> str | None:
    """The sha256 that an answer says its file has (RFC 9530)."""
    for entry in headers.get("Repr-Digest", "").split(","):
        name, _, value = entry.strip().partition("=")
        if name.lower() == "sha-256" and value.startswith(":") and value.endswith(":"):
            try:
                return base64.b64decode(value[1:-1], validate=True).hex()
            except ValueError:
                return None
    return None


class Indexes:
    """The index files that this node has asked for."""

    def __init__(self, folder: Path, mirror: str, metrics: Metrics) -> None:
        self._folder = folder
        self._mirror = mirror
        self._metrics = metrics
        self._known: dict[str, Index] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._parsed: OrderedDict[str, dict[str, tuple[str, int | None]]] = OrderedDict()
        self.client: aiohttp.ClientSession | None = None
        self._forget_old()

    async def get(self, address: Address) -> Index:
        """An index: from here if it is fresh or can never change, else asked for; from here too if the mirror is away.

        Raises:
            MissingError: The mirror has no such file.
            AwayError: The mirror is away, and the index is not here.
            DamagedError: The mirror sent something damaged, and the index is not here.
        """
        async with self._locks.setdefault(address.text, asyncio.Lock()):
            known = self._known.get(address.text) or self._stored(address.text)
            if known and known.path.is_file() and (address.pinned or time.monotonic() < known.checked):
                return known
            try:
                known = await self._ask(address, known if known and known.path.is_file() else None)
            except MissingError:  # whoever asks for what is not there must not make us remember it
                self._locks.pop(address.text, None)
                raise
            except (AwayError, DamagedError):
                if known is None or not known.path.is_file():
                    raise
                known.checked = time.monotonic() + AWAY_SECONDS
                self._metrics.stale.inc()
            self._known[address.text] = known
            return known

    async def expected(self, address: Address) -> tuple[str, int | None] | None:
        """The sha256 and size that the channel's index gives for a package, or None if it names no such file."""
        index = await self.get(Address(address.snapshot, f"{address.folder}/{JSON}"))
        if index.sha256 not in self._parsed:
            content = await asyncio.to_thread(index.path.read_bytes)
            self._parsed[index.sha256] = {
                entry.file_name: (str(entry.record.get("sha256", "")), entry.record.get("size"))
                for entry in entries_of(json.loads(content))
            }
            while len(self._parsed) > PARSED:
                self._parsed.popitem(last=False)
        self._parsed.move_to_end(index.sha256)
        return self._parsed[index.sha256].get(address.file_name)

    def _forget_old(self) -> None:
        """Snapshots come and go, and their indexes are not asked for again: keep the newest files only."""
        if self._folder.is_dir():
            files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in files[STORED:]:
                path.unlink(missing_ok=True)

    async def _ask(self, address: Address, known: Index | None) -> Index:
        assert self.client is not None  # noqa: S101 - the server starts it before the first request
        headers = {"If-None-Match": known.etag} if known and known.etag else {}
        try:
            async with self.client.get(f"{self._mirror}/{address.text}", headers=headers) as answer:
                if answer.status == NOT_MODIFIED and known:
                    known.checked = time.monotonic() + FRESH_SECONDS
                    return known
                if answer.status == NOT_FOUND:
                    raise MissingError(address.text)
                if answer.status != OK:
                    raise AwayError(f"the mirror answered {answer.status}")
                content = await answer.read()
                said, etag = digest_of(answer.headers), answer.headers.get("ETag")
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise AwayError(str(problem) or type(problem).__name__) from None
        sha256 = hashlib.sha256(content).hexdigest()
        if said is not None and said != sha256:
            self._metrics.rejected.inc()
            raise DamagedError(f"{address.text} has sha256 {sha256}, the mirror says {said}")
        return self._store(address.text, content, sha256, etag)

    def _paths(self, text: str) -> tuple[Path, Path]:
        name = hashlib.sha256(text.encode()).hexdigest()
        return self._folder / name, self._folder / f"{name}.json"

    def _store(self, text: str, content: bytes, sha256: str, etag: str | None) -> Index:
        path, notes = self._paths(text)
        self._folder.mkdir(parents=True, exist_ok=True)
        for target, data in ((path, content), (notes, json.dumps({"sha256": sha256, "etag": etag}).encode())):
            part = target.with_name(f"{target.name}.part")
            part.write_bytes(data)
            part.replace(target)
        return Index(path, sha256, etag, time.monotonic() + FRESH_SECONDS)

    def _stored(self, text: str) -> Index | None:
        """An index that an earlier run of this program left, if it is whole."""
        path, notes = self._paths(text)
        try:
            said = json.loads(notes.read_bytes())
            if hashlib.sha256(path.read_bytes()).hexdigest() == said["sha256"]:
                return Index(path, said["sha256"], said["etag"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None
