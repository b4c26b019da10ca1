"""Writes byte code that is the same in every build; runs as a program of its own, see `compile_all`.

CPython's own `compileall` is not deterministic up to 3.12 at least: whether a constant gets a reference flag depends on
reference counts of the moment (cpython#78274, #129724). Format 2 of `marshal` has no such flags. The files are of the
kind "unchecked hash": Python neither compares times nor reads the source, and the layer is read-only anyway.
"""

import hashlib
import importlib.util
import marshal
import os
import subprocess
import sys
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_HEADER = 16


def is_settled(path: Path) -> bool:
    """Whether a byte code file exists that never needs its source's time."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError:
        return False
    return len(header) == _HEADER and header[:4] == importlib.util.MAGIC_NUMBER and bool(header[4] & 1)


def compile_one(source: str, cache: str = "") -> int:
    """Compile one file beside itself; a file that is not valid Python is left out, as `compileall` would say and go on.

    Args:
        source: Path of the source, which is also what tracebacks will name.
        cache: Folder with results of earlier builds, by hash of everything that goes in; empty for none.

    Returns:
        Bytes written.
    """
    target = Path(importlib.util.cache_from_source(source))
    if is_settled(target):
        return 0
    text = Path(source).read_bytes()
    key = hashlib.sha256(b"\0".join([sys.version.encode(), source.encode(), text])).hexdigest()
    kept = Path(cache, key[:2], key) if cache else None
    data = _checked(kept) if kept else None
    if data is None:
        try:
            code = compile(text, source, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return 0
        data = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(text) + marshal.dumps(code, 2)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_name(f"{kept.name}.{os.getpid()}")
            part.write_bytes(hashlib.sha256(data).digest() + data)
            part.replace(kept)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(data)
    return len(data)


def _checked(path: Path) -> bytes | None:
    """A kept result, unless it is missing or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content[32:] if hashlib.sha256(content[32:]).digest() == content[:32] else None


def compile_all(python: Path, sources: Iterable[Path], cache: Path | None = None) -> None:
    """Compile files with a prefix's own Python.

    Args:
        python: The interpreter whose byte code is wanted.
        sources: Files, by the paths that they will have in the image.
        cache: See `compile_one`.
    """
    subprocess.run(
        [str(python), "-s", "-S", "-B", __file__, str(cache or "")],
        input="\n".join(sorted(str(path) for path in sources)),
        text=True,
        check=True,
        # The order of a frozen set's elements in the byte code depends on the hash seed.
        env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
    )


def main() -> None:
    """Read paths from standard input; the one argument is the cache folder, or empty."""
    warnings.simplefilter("ignore")  # of other people's sources
    paths = [line for line in sys.stdin.read().splitlines() if line]
    cache = sys.argv[1] if len(sys.argv) > 1 else ""
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        written = sum(pool.map(compile_one, paths, [cache] * len(paths), chunksize=32))
    print(f"byte code: {len(paths)} files, {written / 1e6:.1f} MB written")


if __name__ == "__main__":
    main()
