"""A channel's index files, made from upstream's own records: repodata.json, its zstd form, and shards (CEP 16)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.conda_mirror.pool import Pool
from services.conda_mirror.snapshots import Files
from services.conda_mirror.upstream import BINARY_KEYS, JSON, SECTIONS, SHARDS, ZSTD, Entry

LEVEL = 12
SHARDS_FOLDER = "shards"


def write_index(folder: str, subdir: str, entries: Iterable[Entry], pool: Pool) -> Files:
    """Write the index of one folder of a channel into the pool.

    Of upstream's `info` only the folder's name is kept: `base_url` and `shards_base_url` would lead clients off the
    mirror, and relations to other channels or detectors to run are for the site's own list to decide.

    Args:
        folder: Path of the folder below the snapshot.
        subdir: Its name as a platform.
        entries: The records.
        pool: Where the files go.

    Returns:
        The index files by path below the snapshot.
    """
    import zstandard  # noqa: PLC0415 - only where needed

    ordered = sorted(entries, key=lambda entry: (entry.section, entry.key))
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    plain = json.dumps(_sections(ordered, {"info": {"subdir": subdir}}), separators=(",", ":"), sort_keys=True).encode()
    files = {
        f"{folder}/{JSON}": pool.add(plain),
        f"{folder}/{ZSTD}": pool.add(compressor.compress(plain)),
    }
    shards: dict[str, bytes] = {}
    by_name: dict[str, list[Entry]] = {}
    for entry in ordered:
        by_name.setdefault(entry.record["name"], []).append(Entry(entry.section, entry.key, _binary(entry.record)))
    for name, group in sorted(by_name.items()):
        added = pool.add(compressor.compress(_packed(_sections(group, {}))))
        files[f"{folder}/{SHARDS_FOLDER}/{added[0]}.msgpack.zst"] = added
        shards[name] = bytes.fromhex(added[0])
    index = {
        "version": 1,
        "info": {"base_url": "", "shards_base_url": f"./{SHARDS_FOLDER}/", "subdir": subdir},
        "shards": shards,
    }
    files[f"{folder}/{SHARDS}"] = pool.add(compressor.compress(_packed(index)))
    return files


def _sections(entries: Iterable[Entry], head: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {**head, **{section: {} for section in SECTIONS}, "removed": []}
    if head:
        content["repodata_version"] = 1
    for entry in entries:
        if entry.section in SECTIONS:
            content[entry.section][entry.key] = entry.record
        else:
            content.setdefault("v3", {}).setdefault(entry.section.removeprefix("v3."), {})[entry.key] = entry.record
    return content


def _packed(content: dict[str, Any]) -> bytes:
    import msgpack  # noqa: PLC0415

    return msgpack.packb(content) or b""


def _binary(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: bytes.fromhex(value) if key in BINARY_KEYS and isinstance(value, str) else value
        for key, value in record.items()
    }
