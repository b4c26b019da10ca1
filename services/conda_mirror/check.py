"""Checking a snapshot: every byte, and that its indexes say what is there and lead nowhere else."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from services.conda_mirror.channels import NOARCH
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.locking import exclusive, reading
from services.conda_mirror.pool import Pool, hash_file
from services.conda_mirror.snapshots import Files, Manifest, Snapshots, is_package
from services.conda_mirror.upstream import JSON, SHARDS, ZSTD, decompress, entries_of, unpack

THREADS = 4
Read = Callable[[str], bytes]
"""Reads a file of the snapshot by its path."""


def verify(root: Path, identifier: str = "latest") -> tuple[Manifest, list[str]]:
    """Check a snapshot against its manifest, and its indexes against its packages.

    Returns:
        The manifest and all that is wrong.

    Raises:
        MirrorError: There is no such snapshot, or its manifest is damaged.
    """
    snapshots = Snapshots(root)
    folder = snapshots.path(identifier)
    with reading(folder):
        manifest = snapshots.manifest(folder.name)
        problems = list(_files(folder, manifest.everything))
        if not problems:
            problems = list(index_problems(manifest, lambda path: (folder / path).read_bytes()))
    return manifest, problems


def discard_damaged(
    root: Path, identifier: str = "latest", *, wait: float = 0, report: Callable[[str], None] = print
) -> int:
    """Remove damaged contents, so that the next sync fetches them again and puts them back into the snapshot.

    Raises:
        MirrorError: A sync is running.
    """
    with exclusive(root, "verify", wait, report):
        pool, removed = Pool(root), 0
        for sha256, size in set(Snapshots(root).manifest(identifier).everything.values()):
            path = pool.path(sha256)
            if path.exists() and hash_file(path) != (sha256, size):
                path.unlink()
                removed += 1
        (root / "state.json").unlink(missing_ok=True)  # the next sync has to look for itself
        return removed


def _files(folder: Path, files: Files) -> Iterator[str]:
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()} - {"snapshot.json"}
    for path in sorted(there - files.keys()):
        yield f"{path}: is in no manifest"

    def one(path: str) -> str | None:
        if path not in there:
            return f"{path}: missing"
        sha256, size = hash_file(folder / path)
        if (sha256, size) == files[path]:
            return None
        return f"{path}: {size} bytes with sha256 {sha256}, should be {files[path][1]} with {files[path][0]}"

    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        yield from (problem for problem in threads.map(one, sorted(files)) if problem)


def index_problems(manifest: Manifest, read: Read) -> Iterator[str]:
    """What is wrong with the indexes of a snapshot whose files are sound."""
    for channel in manifest.channels:
        for subdir in (*manifest.platforms, NOARCH):
            folder = f"{channel}/{subdir}"
            try:
                yield from _folder_problems(folder, manifest.files, read)
            except (MirrorError, ValueError, KeyError, TypeError, AttributeError) as problem:
                yield f"{folder}: index is damaged: {problem}"


def _folder_problems(folder: str, files: Files, read: Read) -> Iterator[str]:
    plain = read(f"{folder}/{JSON}")
    if decompress(read(f"{folder}/{ZSTD}"), folder) != plain:
        yield f"{folder}/{ZSTD}: says something else than {JSON}"
    index = json.loads(plain)
    if extra := sorted(set(index["info"]) - {"subdir"}):
        yield f"{folder}/{JSON}: `info` has {', '.join(extra)}, which could lead clients off the mirror"
    records = {entry.file_name: entry.record for entry in entries_of(index)}
    if any("url" in record for record in _raw_records(index)):
        yield f"{folder}/{JSON}: records have addresses of their own"
    packages = {path.rsplit("/", 1)[1] for path in files if path.startswith(f"{folder}/") and is_package(path)}
    for name in sorted(packages ^ records.keys()):
        yield f"{folder}/{name}: {'is in no index' if name in packages else 'is in the index, but not here'}"
    for name in sorted(packages & records.keys()):
        if records[name].get("sha256") != files[f"{folder}/{name}"][0]:
            yield f"{folder}/{name}: the index says another sha256 than the manifest"
    shards = unpack(read(f"{folder}/{SHARDS}"), folder)
    if shards["info"]["base_url"] or shards["info"]["shards_base_url"] != "./shards/":
        yield f"{folder}/{SHARDS}: leads clients off the mirror"
    sharded: dict[str, Any] = {}
    for digest in shards["shards"].values():
        shard = unpack(read(f"{folder}/shards/{digest.hex()}.msgpack.zst"), folder)
        sharded.update({entry.file_name: entry.record for entry in entries_of(shard)})
    if sharded != records:
        yield f"{folder}: shards say something else than {JSON}"


def _raw_records(index: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (index, index.get("v3") or {}):
        for section in ("packages", "packages.conda", "conda", "tar.bz2", "whl"):
            yield from (part.get(section) or {}).values()
