"""Writes the files of a lock, all or none."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from services.conda_mirror import rattler
from services.conda_mirror.records import Record
from tools.lock import outputs, sbom
from tools.lock.errors import LockError
from tools.lock.index import Entry, Index, digest, read_index, write_index, write_text
from tools.lock.options import Options
from tools.lock.plan import Layer
from tools.lock.work import Work, read_work


def stems(layer: str, platforms: Sequence[str]) -> dict[str, str]:
    """Return the stem of a lock's file names by platform; those of the first, whose images are built, are plain."""
    return {platform: layer if platform == platforms[0] else f"{layer}.{platform}" for platform in platforms}


def write(
    work: Work, layer: Layer, solved: Mapping[str, Sequence[Record]], virtual: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Write the files of a lock and return their sha256 by name.

    Args:
        work: where to, and which licences are denied.
        layer: the lock.
        solved: its packages by platform.
        virtual: virtual packages by platform.

    Raises:
        LockError: a package has a denied licence; nothing is written then.
    """
    folder = work.options.out
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as name:
        new = Path(name)
        lock = new / f"{layer.name}.lock"
        rattler.write_lock(lock, {"default": solved}, layer.channels, virtual=virtual)
        check_licences(work, {layer.name: lock})
        channels = [channel.name for channel in layer.channels]
        for platform, stem in stems(layer.name, work.platforms).items():
            records = solved[platform]
            write_text(new / f"{stem}.explicit.txt", outputs.explicit(records))
            write_text(new / f"{stem}.environment.yml", outputs.manifest(layer.name, channels, records))
            write_text(new / f"{stem}.cdx.json", sbom.document(lock, layer.name, platform, records))
        files = sorted(new.iterdir())
        for file in files:
            file.chmod(0o644)
            shutil.move(file, folder / file.name)
    return {file.name: digest(folder / file.name) or "" for file in files}


def check_licences(work: Work, locks: Mapping[str, Path]) -> None:
    """Check the licences of locks, given by layer.

    Raises:
        LockError: a package has a denied licence.
    """
    found: dict[str, list[str]] = {}
    for layer, lock in locks.items():
        for platform in work.platforms:
            for package in sbom.denied_packages(lock, platform, work.denied):
                found.setdefault(package, []).append(layer)
    if found:
        lines = [f"  {package}, in {', '.join(dict.fromkeys(names))}" for package, names in found.items()]
        raise LockError(
            "\n".join(["A package has a denied licence:", *lines])
            + "\nTake what needs it out of the environment file, or the licence from deniedLicences in "
            + f"{work.options.layers}."
        )


def locks(folder: Path, layers: Iterable[str]) -> dict[str, Path]:
    """Return the lock files of layers."""
    return {layer: folder / f"{layer}.lock" for layer in layers}


def rewrite_sboms(options: Options) -> int:
    """Write the bills of materials of all locks of a folder again and check the licences; return how many.

    Raises:
        LockError: there are no locks, or a licence is denied.
    """
    index = read_index(options.out)
    if not index.layers:
        raise LockError(f"{options.out}: no locks here yet. Make them: {options.mend}")
    work = read_work(options)
    entries: dict[str, Entry] = {}
    count = 0
    for name, entry in index.layers.items():
        lock = options.out / f"{name}.lock"
        for platform, stem in stems(name, work.platforms).items():
            records = rattler.read_lock(lock).records(platform)
            write_text(options.out / f"{stem}.cdx.json", sbom.document(lock, name, platform, records))
            count += 1
        # Only these files are ours to take as they are: another one that was changed by hand stays a finding.
        own = {file: sha256 for file in entry.files if file.endswith(".cdx.json") and (sha256 := _now(options, file))}
        entries[name] = replace(entry, files={**entry.files, **own})
    check_licences(work, locks(options.out, index.layers))
    write_index(options.out, Index(index.options, entries, index.inputs, index.left_out))
    return count


def _now(options: Options, file: str) -> str | None:
    return digest(options.out / file)
