"""Command line of the Debian base image: `python -m tools.debian_base build|packages`."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import paths
from tools.debian_base import DebianError, DebianImage, ensure
from tools.debian_base.base import PACKAGES

DESCRIPTION = """\
The image that all images stand on, made from Debian's packages (Linux, root). `make up` makes it once; the same
packages give the same image, to the byte.

  build     make it if it is not there; prints the folder (an OCI image layout) and its digest
  packages  print every package in it with its version and the sha256 of its file
"""


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--packages", type=Path, default=PACKAGES, help="the package list (default: %(default)s)")
    parser = argparse.ArgumentParser(
        prog="python -m tools.debian_base",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", parents=[common], help="make it")
    build.add_argument("--fresh", action="store_true", help="make it anew, with the newest versions of its packages")
    commands.add_parser("packages", parents=[common], help="print what is in it")
    return parser


def _print(image: DebianImage, command: str) -> None:
    if command == "build":
        print(f"{image.directory}\n{image.digest}")
        return
    record = json.loads(image.record.read_text(encoding="utf-8"))
    for package in record["packages"]:
        print(f"{package['name']} {package['version']} sha256:{package.get('sha256', 'unknown')}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _terminated(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        image = ensure(paths.SLATE, _say, packages=options.packages, fresh=getattr(options, "fresh", False))
        _print(image, options.command)
    except DebianError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
