"""The metadata of an upstream channel, as upstream wrote it.

Records are kept as they are, whatever we know of them: upstream's hotfixes, `run_exports` and fields that are invented
tomorrow survive. Only what would lead a client away from the mirror is left out.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from services.conda_mirror.errors import UpstreamError
from services.conda_mirror.transport import Transport

BINARY_KEYS = ("sha256", "md5", "legacy_bz2_md5", "attestations_sha256")
"""Hashes are bytes in shards and hexadecimal in JSON."""
SECTIONS = ("packages", "packages.conda")
V3_SECTIONS = ("conda", "tar.bz2")
"""Parts of `v3` repodata that are archives of the channel; the third, `whl`, names files of other servers."""
SHARDS, ZSTD, JSON = "repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json"


@dataclass(frozen=True)
class Entry:
    """A package's own record.

    Attributes:
        section: `packages`, `packages.conda`, `v3.conda` or `v3.tar.bz2`.
        key: Its key there.
        record: The record, hashes hexadecimal.
    """

    section: str
    key: str
    record: dict[str, Any]

    @property
    def file_name(self) -> str:
        """Name of the archive."""
        return self.key if self.section in SECTIONS else f"{self.key}.{self.section.removeprefix('v3.')}"


def entries_of(repodata: dict[str, Any]) -> Iterable[Entry]:
    """The entries of a repodata.json or of a shard. An address of its own in a record is dropped.

    Raises:
        ValueError: A record lacks what every record must have.
    """
    parts = [(section, repodata.get(section)) for section in SECTIONS]
    parts += [(f"v3.{section}", (repodata.get("v3") or {}).get(section)) for section in V3_SECTIONS]
    for section, records in parts:
        for key, record in (records or {}).items():
            plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in record.items()}
            plain.pop("url", None)
            plain.pop("channel", None)
            if not isinstance(plain.get("name"), str) or not isinstance(plain.get("size", 0), int):
                raise ValueError(f"record of {key!r} has no name, or a size that is none")
            yield Entry(section, key, plain)


class Subdir:
    """One folder of an upstream channel: an index, and the records on demand."""

    def __init__(self, base: str, transport: Transport) -> None:
        self.base = base
        self.packages_base = base
        self.elsewhere: str | None = None
        """Where the index says the packages are, if that is not below the channel."""
        self._transport = transport
        self._shards: dict[str, str] | None = None
        self._entries: dict[str, list[Entry]] = {}

    async def open(self) -> bool:
        """Read the index; False if the channel has no such folder."""
        if not self.base.startswith("file:") and await self._open_shards():
            return True
        return await self._open_json()

    async def _open_shards(self) -> bool:
        packed = await self._transport.read(f"{self.base}/{SHARDS}")
        if packed is None:
            return False
        index = unpack(packed, f"{self.base}/{SHARDS}")
        try:
            info = index.get("info") or {}
            shards_base = self._below(info.get("shards_base_url") or "")
            if shards_base is None:  # shards lie on another server: the plain index says the same
                return False
            self._take_base(info.get("base_url"))
            self._shards = {
                name: f"{shards_base}/{digest.hex()}.msgpack.zst"
                for name, digest in (index.get("shards") or {}).items()
            }
        except (AttributeError, TypeError, ValueError) as problem:
            raise UpstreamError(f"{self.base}/{SHARDS} is damaged: {problem}") from None
        return True

    async def _open_json(self) -> bool:
        content = None
        if not self.base.startswith("file:"):
            content = await self._transport.read(f"{self.base}/{ZSTD}")
            content = None if content is None else decompress(content, f"{self.base}/{ZSTD}")
        if content is None:
            content = await self._transport.read(f"{self.base}/{JSON}")
        if content is None:
            return False
        try:
            repodata = json.loads(content)
            self._take_base((repodata.get("info") or {}).get("base_url"))
            for entry in entries_of(repodata):
                self._entries.setdefault(entry.record["name"], []).append(entry)
        except (ValueError, KeyError, AttributeError, TypeError) as problem:
            raise UpstreamError(f"{self.base}/{JSON} is damaged: {problem}") from None
        return True

    def _take_base(self, base_url: Any) -> None:
        below = self._below(base_url or "")
        if below is None:
            self.elsewhere = str(base_url)
        else:
            self.packages_base = below

    def _below(self, reference: str) -> str | None:
        """The address that a reference in the index means, if it lies below the channel."""
        channel = self.base.rsplit("/", 1)[0]
        address = urljoin(f"{self.base}/", reference).rstrip("/")
        return address if f"{address}/".startswith(f"{channel}/") and "/../" not in f"{address}/" else None

    async def entries(self, names: Iterable[str]) -> dict[str, Entry]:
        """File name -> record, of the packages with these names."""
        wanted = set(names)
        if self._shards is not None:
            missing = [name for name in sorted(wanted) if name in self._shards and name not in self._entries]
            await asyncio.gather(*(self._load_shard(name, self._shards[name]) for name in missing))
        return {entry.file_name: entry for name in wanted for entry in self._entries.get(name, ())}

    async def _load_shard(self, name: str, address: str) -> None:
        packed = await self._transport.read(address)
        if packed is None:
            raise UpstreamError(f"{address} is named by {self.base}/{SHARDS} but not there; try again")
        try:
            self._entries[name] = list(entries_of(unpack(packed, address)))
        except (AttributeError, TypeError, ValueError) as problem:
            raise UpstreamError(f"{address} is damaged: {problem}") from None


def decompress(packed: bytes, where: str) -> bytes:
    """Undo zstd.

    Raises:
        UpstreamError: It is damaged.
    """
    import zstandard  # noqa: PLC0415 - only where needed

    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    except zstandard.ZstdError as problem:
        raise UpstreamError(f"{where} is damaged: {problem}") from None


def unpack(packed: bytes, where: str) -> dict[str, Any]:
    """Undo zstd and msgpack.

    Raises:
        UpstreamError: It is damaged.
    """
    import msgpack  # noqa: PLC0415 - only where needed

    try:
        content = msgpack.unpackb(decompress(packed, where), strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as problem:
        raise UpstreamError(f"{where} is damaged: {problem}") from None
    if not isinstance(content, dict):
        raise UpstreamError(f"{where} is damaged: not a mapping")
    return content
