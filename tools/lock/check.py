"""Finds locks that do not fit their sources; solves nothing and needs no network."""

from pathlib import Path

from tools.lock.errors import LockError
from tools.lock.index import Index, changed_files, read_index
from tools.lock.options import Options
from tools.lock.work import read_work


def problems(options: Options) -> list[str]:
    """Return what does not fit, one line a lock.

    Raises:
        LockError: a source file is wrong.
    """
    folder = options.out
    index: Index = read_index(folder)
    work = read_work(options)
    found = []
    for layer in work.chain:
        entry = index.layers.get(layer.name)
        if entry is None:
            found.append(f"{layer.name}: has no lock yet ({layer.path})")
            continue
        parent = index.layers.get(layer.parent or "")
        below = parent.files.get(f"{layer.parent}.lock") if parent else None
        changed = changed_files(folder, entry)
        if entry.sources != work.sources(layer, below):
            found.append(f"{layer.name}: {_place(layer.path)} or a layer below changed after the lock was made")
        elif changed:
            found.append(f"{layer.name}: {', '.join(changed)} is missing or was changed by hand")
    names = {layer.name for layer in work.chain}
    found += [f"{name}: has a lock, but no environment file" for name in index.layers if name not in names]
    return found


def check(options: Options) -> int:
    """Return the number of locks that fit.

    Raises:
        LockError: not all fit; the text names each and the command that mends them.
    """
    found = problems(options)
    if found:
        lines = "\n".join(f"  {line}" for line in found)
        raise LockError(f"{_place(options.out)}: {len(found)} lock(s) do not fit.\n{lines}\nMend them: {options.mend}")
    return len(read_index(options.out).layers)


def _place(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
