"""Makes the locks of a channel one after the other, each on the one below, and only those that do not fit."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from services.conda_mirror import rattler
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.records import Record
from tools.lock import files, solving
from tools.lock.available import Available
from tools.lock.errors import LockError
from tools.lock.index import Entry, Index, changed_files, read_index, write_index
from tools.lock.options import Options
from tools.lock.plan import Layer
from tools.lock.work import Work, age, read_work


def run(options: Options, inputs: str, report: Callable[[str], None]) -> list[str]:
    """Make the locks that do not fit and return their names.

    Args:
        options: what to make, and from what.
        inputs: hash of all of it, recorded when everything fits.
        report: is given a line for each lock.

    Raises:
        LockError: a file is wrong, there is no solution, or a licence is denied.
    """
    work = read_work(options)
    if not work.chain:
        left_out = ", ".join(work.left_out)
        raise LockError(f"{options.environments}: the channel has no Python for any environment: {left_out}")
    for layer in work.chain:
        if layer.wanted and layer.wanted != layer.python:
            report(f"locks: {layer.name} asks for Python {layer.wanted}, the channel's {layer.python} stands for it")
    return asyncio.run(_run(work, inputs, report))


async def _run(work: Work, inputs: str, report: Callable[[str], None]) -> list[str]:
    folder, options = work.options.out, work.options.recorded()
    before = read_index(folder)
    repodata = rattler.Repodata(work.options.cache)
    available = Available(work, repodata)
    entries: dict[str, Entry] = {}
    changed: list[str] = []
    for layer in work.chain:
        below = entries[layer.parent].files[f"{layer.parent}.lock"] if layer.parent else None
        sources = work.sources(layer, below)
        entry = before.layers.get(layer.name)
        if work.options.upgrade or entry is None or entry.sources != sources or changed_files(folder, entry):
            began = time.monotonic()
            await available.require(layer)
            entry, packages = await _make(work, layer, sources, repodata)
            report(f"locks: {layer.name}, {packages} packages ({time.monotonic() - began:.1f} s)")
            changed.append(layer.name)
            # After each one, so that an interrupted run is taken up where it stopped.
            rest = {name: old for name, old in before.layers.items() if name not in entries}
            write_index(folder, Index(options, {**entries, **rest, layer.name: entry}))
        entries[layer.name] = entry
    files.check_licences(work, files.locks(folder, [name for name in entries if name not in changed]))
    write_index(folder, Index(options, entries, inputs, work.left_out))
    for name in set(before.layers) - set(entries):
        _remove(folder, before.layers[name])
    return changed


async def _make(work: Work, layer: Layer, sources: str, repodata: rattler.Repodata) -> tuple[Entry, int]:
    """Solve one layer for all platforms and write its files; return the number of packages, too."""
    solved: dict[str, list[Record]] = {}
    virtual: dict[str, list[str]] = {}
    try:
        below = rattler.read_lock(work.options.out / f"{layer.parent}.lock") if layer.parent else None
    except MirrorError as error:
        raise LockError(str(error)) from None
    for platform in work.platforms:
        virtual[platform] = rattler.virtual_packages(platform, **work.virtual, cuda=layer.cuda)
        pinned = below.records(platform) if below else ()
        solved[platform] = await solving.solve(
            layer,
            platform,
            pinned=pinned,
            virtual=virtual[platform],
            exclude_newer=age(work.options.exclude_newer),
            repodata=repodata,
        )
    written = files.write(work, layer, solved, virtual)
    entry = Entry(
        layer.kind, layer.parent, layer.python, layer.detached, list(layer.required_imports), sources, written
    )
    return entry, len(solved[work.platforms[0]])


def _remove(folder: Path, entry: Entry) -> None:
    for name in entry.files:
        (folder / name).unlink(missing_ok=True)
