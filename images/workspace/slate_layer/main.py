"""The command that the Dockerfile's steps run."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import LayerError, bytecode, tidy
from .context import Context, read


def install(context: Context, prefix: Path, cache: Path) -> None:
    """Install the lock, compile, and settle what is new in the prefix."""
    from .install import install_lock  # noqa: PLC0415 - `files` runs where py-rattler need not be

    started = time.monotonic()
    prefix.mkdir(parents=True, exist_ok=True)
    before = tidy.listing(prefix)
    added = asyncio.run(install_lock(context, prefix, cache / "packages"))
    print(f"layer {context.layer}: {len(added)} packages in {time.monotonic() - started:.1f} s", flush=True)
    tidy.tidy_prefix(prefix)
    library = prefix / "lib" / f"python{context.python}"
    new = (Path(path) for path in tidy.listing(library) if path.endswith(".py") and path not in before)
    # Packages' own tests are a third of all sources; nobody imports them at work, and without byte code they still run.
    sources = [path for path in new if not {"test", "tests"} & set(path.relative_to(library).parts)]
    bytecode.compile_all(prefix / "bin/python", sources, cache / "bytecode")
    history = str(prefix / "conda-meta/history")
    after = tidy.listing(prefix)
    tidy.check_unchanged({path: facts for path, facts in before.items() if path != history}, after)
    for script in sorted(prefix.glob("bin/.*-post-link.sh")):
        if str(script) not in before:
            print(f"note: {script.name} was not run; packages must work without their post-link scripts")
    before.pop(history, None)
    count = tidy.settle(prefix, before)
    print(f"layer {context.layer}: {count} new files and folders in {time.monotonic() - started:.1f} s")


def files(context: Context, root: Path, prefix: Path, check: bool) -> None:
    """Write the files that are no packages; with `check`, run the health check."""
    from .files import check as run_check  # noqa: PLC0415
    from .files import write_files  # noqa: PLC0415

    writer = write_files(context, root, prefix)
    library = root / "opt/slate/lib"
    ours = [path for path in sorted(library.rglob("*.py")) if path in writer.touched]
    bytecode.compile_all(prefix / "bin/python", ours)
    for path in library.rglob("__pycache__"):
        writer.touched.update([path, *path.iterdir()])
    writer.settle()
    if check:
        print(run_check(root / "opt/slate/bin/health-check", Path("/home/workspace")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 refused with one message, 2 wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="layer.py", description="Builds one layer of a workspace image; the Dockerfile runs it, inside BuildKit."
    )
    parser.add_argument("step", choices=["install", "files"], help="packages of the lock, or everything else")
    parser.add_argument("--check", action="store_true", help="with `files`: run the full health check afterwards")
    parser.add_argument("--context", type=Path, default=Path("/mnt"), help="folder of the build context")
    parser.add_argument("--root", type=Path, default=Path("/"), help="root folder of the image")
    parser.add_argument("--cache", type=Path, default=Path("/var/cache"), help="folder that outlives the build")
    options = parser.parse_args(arguments)
    prefix = options.root / "opt/conda"
    try:
        context = read(options.context)
        if options.step == "install":
            install(context, prefix, options.cache)
        else:
            files(context, options.root, prefix, options.check)
    except LayerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
