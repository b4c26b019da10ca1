"""Makes the locks of one channel: three chained solves, and only those that are needed."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tools.bootstrap.lock import locked
from tools.lock.index import Entry, Index, changed_files, digest, read_index, sources_hash
from tools.lock.options import Options
from tools.lock.python_versions import end_of_life_warning

Report = Callable[[str], None]

_LOCK = ".lock"


@dataclass(frozen=True)
class LockSet:
    """The locks of one channel.

    Attributes:
        folder: where they lie.
        layers: their names.
        changed: those that were made now, each after the one below.
        left_out: environments whose Python the channel does not have, each with that version.
    """

    folder: Path
    layers: tuple[str, ...]
    changed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def make(options: Options, report: Report, today: date | None = None) -> LockSet:
    """Make the locks that do not fit their sources, and leave the others alone.

    Several at once are safe, and an interrupted run leaves whole files; the next one goes on from there.

    Args:
        options: what to make, and from what.
        report: is given lines about progress and warnings.
        today: for warnings about versions of Python that have ended.

    Raises:
        LockError: a file is wrong, there is no solution, or a licence is denied. The text says what to do.
    """
    inputs = inputs_hash(options)
    index = read_index(options.out)
    changed: list[str] = []
    if options.upgrade or not fits(index, inputs, options.out):
        # The solver takes a while to load, which is most of the time where nothing changed.
        from tools.lock import chain  # noqa: PLC0415

        with _alone(options.out, report):
            changed = chain.run(options, inputs, report)
        index = read_index(options.out)
    for warning in warnings(index.layers, today or datetime.now(UTC).date()):
        report(warning)
    for name in index.left_out:
        report(f"locks: {name} is left out, the channel has no such Python and no newer one")
    return LockSet(options.out, tuple(index.layers), tuple(changed), tuple(index.left_out))


@contextlib.contextmanager
def _alone(folder: Path, report: Report) -> Iterator[None]:
    """Hold the lock of a folder of locks; a folder that stays empty is removed again."""
    path = folder / _LOCK
    while True:
        with locked(path, lambda _: report("locks: another process makes them, waiting")):
            # Whoever had it before us may have removed the file that we hold, and somebody else hold the next one.
            if not _ours(path):
                continue
            try:
                yield
            finally:
                if all(entry.name == _LOCK for entry in folder.iterdir()):
                    path.unlink()
                    folder.rmdir()
            return


def _ours(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8").strip() == str(os.getpid())
    return False


def inputs_hash(options: Options) -> str:
    """Return the hash of all that the locks are made from, as it stands in the files."""
    paths = [options.layers, *sorted(options.environments.glob("*.y*ml"))]
    if options.platform is not None:
        paths.append(options.platform)
    return sources_hash(
        {
            "files": [[path.name, digest(path)] for path in paths],
            "options": options.recorded(),
        }
    )


def fits(index: Index, inputs: str, folder: Path) -> bool:
    """Whether the locks were made from just these inputs, all of them, and are still as they were written."""
    return index.inputs == inputs and not any(changed_files(folder, entry) for entry in index.layers.values())


def warnings(layers: Mapping[str, Entry], today: date) -> list[str]:
    """Return a warning for each version of Python that has ended."""
    users: dict[str, list[str]] = {}
    for name, entry in layers.items():
        if entry.kind in ("environment", "platform"):
            users.setdefault(entry.python, []).append(name)
    found = (end_of_life_warning(python, names, today) for python, names in users.items())
    return [warning for warning in found if warning]
