"""The command `slate-env`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import VERSION, SlateEnvError

HELP = """\
Environments of your own, in ~/.slate/envs, from the platform's channels. They stay when the workspace sleeps or gets
a new image; the image's own environment in /opt/conda is read-only. Each environment with ipykernel (added unless
you say --no-kernel) appears in JupyterLab's launcher.

examples:
  slate-env create analysis python=3.10 numpy 'pandas >=2'
  slate-env create --file environment.yml
  slate-env install analysis polars
  slate-env remove analysis polars        # a package
  slate-env remove analysis               # the whole environment
  slate-env export analysis > environment.yml

exit codes: 0 done, 1 refused or failed (with the reason), 2 wrong arguments"""


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    root = argparse.ArgumentParser(
        prog="slate-env", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument("--version", action="version", version=f"slate-env {VERSION}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="make an environment")
    create.add_argument("name", nargs="?", help="its name (not needed with a file that has one)")
    create.add_argument("specs", nargs="*", metavar="SPEC", help="packages, such as numpy or 'pandas >=2'")
    create.add_argument("--file", type=Path, help="an environment file")
    create.add_argument("--no-kernel", action="store_true", help="do not add ipykernel")
    install = commands.add_parser("install", help="add or change packages")
    install.add_argument("name")
    install.add_argument("specs", nargs="+", metavar="SPEC")
    remove = commands.add_parser("remove", help="remove packages, or the environment if none is named")
    remove.add_argument("name")
    remove.add_argument("packages", nargs="*", metavar="PACKAGE")
    listing = commands.add_parser("list", help="environments, or the packages of one")
    listing.add_argument("name", nargs="?")
    export = commands.add_parser("export", help="print an environment file")
    export.add_argument("name")
    export.add_argument("--explicit", action="store_true", help="print URLs with hashes instead")
    export.add_argument("--requested", action="store_true", help="only what was asked for, not what came with it")
    commands.add_parser("check", help="say whether slate-env works (the health check asks)")
    return root


def run() -> None:
    """Run and end the process; ending it hard avoids py-rattler's occasional crash while Python shuts down."""
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Exit codes: 0 done, 1 refused or failed, 2 wrong arguments, 130 stopped by Ctrl-C."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    home = Path(os.environ.get("HOME") or "/home/workspace")
    try:
        if options.command == "check":
            return _check(home)
        from . import commands  # noqa: PLC0415 - half a second that `--help` need not take

        return commands.run(options, home)
    except SlateEnvError as error:
        print(f"slate-env: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"slate-env: {error.strerror}{where}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("slate-env: stopped", file=sys.stderr)
        return 130


def _check(home: Path) -> int:
    """Load everything, and read the configuration."""
    from . import condarc  # noqa: PLC0415
    from .specs import check_specs  # noqa: PLC0415

    check_specs(["python"])
    found = condarc.channels(home)
    print(f"slate-env {VERSION}: {len(found)} channel(s): {', '.join(channel.name for channel in found)}")
    return 0
