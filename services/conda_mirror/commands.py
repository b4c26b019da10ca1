"""The command line. Every command imports what it needs itself: a sync that finds nothing new must cost nothing."""

import argparse
import json
import re
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from services.conda_mirror.configuration import parse_duration, read_configuration
from services.conda_mirror.errors import MirrorError

INTERRUPTED = 130
LAST_PORT = 65535


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # as a Job that is deleted gets it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    try:
        return options.run(options)
    except (MirrorError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the current snapshot is unchanged", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.conda_mirror", description="A private mirror of conda channels."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, summary: str, run: object, *, root: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=summary, description=summary)
        one.set_defaults(run=run)
        if root:
            one.add_argument("--root", type=Path, required=True, metavar="DIR", help="the mirror's folder")
        return one

    sync = command("sync", "Take packages from upstream into a new snapshot and make it current.", _sync)
    sync.add_argument("--config", type=Path, required=True, metavar="FILE", help="mirror.yml (or JSON)")
    sync.add_argument("--json", action="store_true", help="print the summary as one JSON line")

    gc = command("gc", "Remove old snapshots, and files that no snapshot holds.", _gc)
    gc.add_argument("--keep", type=_count, default=5, metavar="N", help="newest snapshots to keep (5)")
    gc.add_argument("--age", type=_duration, default="90d", metavar="TIME", help="keep younger ones too (90d)")
    gc.add_argument("--grace", type=_duration, default="1d", metavar="TIME", help="keep unused files younger than (1d)")
    gc.add_argument("--dry-run", action="store_true", help="only say what would go")

    verify = command("verify", "Hash every file of a snapshot again and check its indexes.", _verify)
    verify.add_argument("snapshot", nargs="?", default="latest", help="identifier (latest)")
    verify.add_argument(
        "--repair", action="store_true", help="remove damaged contents, so that the next sync fetches them again"
    )
    verify.add_argument("--all", action="store_true", help="all snapshots")

    export = command("export", "Write a snapshot into one archive.", _export)
    export.add_argument("file", type=Path, help="the archive to write")
    export.add_argument("--snapshot", default="latest", metavar="ID", help="identifier (latest)")

    take_in = command("import", "Take in an archive that `export` wrote, checking all of it.", _import)
    take_in.add_argument("file", type=Path, help="the archive")
    take_in.add_argument("--not-current", action="store_true", help="do not make it the current snapshot")

    for one in (sync, gc, take_in):
        one.add_argument(
            "--wait", type=_duration, default="0m", metavar="TIME", help="wait for a running sync, e.g. 10m"
        )

    serve = command("serve", "Serve the snapshots over HTTP.", _serve)
    node = command(
        "node-cache", "Serve a mirror from this node's own disk, filled on first use.", _node_cache, root=False
    )
    node.add_argument("--mirror", type=_web_address, required=True, metavar="URL", help="base URL of the mirror")
    node.add_argument("--directory", type=Path, required=True, metavar="DIR", help="the node's folder; may be lost")
    node.add_argument(
        "--size", type=_size, default="20GB", metavar="SIZE", help="most bytes of packages to keep (20GB)"
    )
    for one, port in ((serve, 8100), (node, 8101)):
        one.add_argument("--address", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        one.add_argument("--port", type=_port, default=port, help=f"port, 0 for a free one ({port})")
        one.add_argument(
            "--token-file", type=Path, metavar="FILE", help="who has this token may read; without: everybody"
        )
        one.add_argument("--verbose", action="store_true", help="write every request to standard error")

    state = command("status", "Say what the mirror holds.", _status)
    state.add_argument("--json", action="store_true", help="as one JSON line")
    return parser


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` must be a whole number, at least 1")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"`{text}` must be a port, 0 to {LAST_PORT}")
    return int(text)


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)\s*([kMGT]?)(i?)B?", text.strip())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"`{text}` is not a size such as 500MB, 20GB or 20Gi")
    return int(match[1]) * (1024 if match[3] else 1000) ** " kMGT".index(match[2] or " ")


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s@]+(/\S*)?", text):
        raise argparse.ArgumentTypeError(f"`{text}` must be an http:// or https:// URL without user and password")
    return text


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


def _sync(options: argparse.Namespace) -> int:
    from services.conda_mirror.sync import synchronise  # noqa: PLC0415

    summary = synchronise(
        read_configuration(options.config), options.root, wait=options.wait.total_seconds(), report=_tell
    )
    print(json.dumps(summary.plain()) if options.json else "\n".join(summary.lines()))
    return 0


def _gc(options: argparse.Namespace) -> int:
    from services.conda_mirror.collect import collect  # noqa: PLC0415

    collected = collect(
        options.root,
        keep=options.keep,
        age=options.age,
        grace=options.grace,
        wait=options.wait.total_seconds(),
        dry_run=options.dry_run,
        report=_tell,
    )
    print("\n".join((["(dry run, nothing was removed)"] if options.dry_run else []) + collected.lines()))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from services.conda_mirror.check import discard_damaged, verify  # noqa: PLC0415
    from services.conda_mirror.snapshots import Snapshots  # noqa: PLC0415

    code = 0
    for identifier in (Snapshots(options.root).identifiers() if options.all else ()) or (options.snapshot,):
        manifest, problems = verify(options.root, identifier)
        if problems:
            code = 1
            print("\n  ".join([f"error: {manifest.id}: {len(problems)} problem(s)", *problems]), file=sys.stderr)
            if options.repair:
                removed = discard_damaged(options.root, manifest.id, report=_tell)
                print(f"{manifest.id}: {removed} damaged content(s) removed; run `sync` now", file=sys.stderr)
        else:
            print(f"{manifest.id}: {len(manifest.everything)} files are what they should be")
    return code


def _export(options: argparse.Namespace) -> int:
    from services.conda_mirror.archive import export_snapshot  # noqa: PLC0415

    manifest = export_snapshot(options.root, options.snapshot, options.file)
    print(f"{manifest.id}: {len(manifest.packages)} packages written to {options.file}")
    return 0


def _import(options: argparse.Namespace) -> int:
    from services.conda_mirror.archive import import_snapshot  # noqa: PLC0415

    manifest = import_snapshot(
        options.root, options.file, wait=options.wait.total_seconds(), report=_tell, current=not options.not_current
    )
    state = "there, not current" if options.not_current else "current"
    print(f"{manifest.id}: {len(manifest.packages)} packages, every file checked; {state}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from services.conda_mirror.serve import serve_snapshots  # noqa: PLC0415

    serve_snapshots(
        options.root,
        address=options.address,
        port=options.port,
        token_file=options.token_file,
        verbose=options.verbose,
        ready=_say,
    )
    return 0


def _node_cache(options: argparse.Namespace) -> int:
    from services.conda_mirror.node_cache import serve_node_cache  # noqa: PLC0415

    serve_node_cache(
        options.mirror,
        options.directory,
        limit=options.size,
        address=options.address,
        port=options.port,
        token_file=options.token_file,
        verbose=options.verbose,
        ready=_say,
    )
    return 0


def _status(options: argparse.Namespace) -> int:
    from services.conda_mirror.status import status  # noqa: PLC0415

    found = status(options.root)
    print(json.dumps(found.plain()) if options.json else "\n".join(found.lines()))
    return 0
