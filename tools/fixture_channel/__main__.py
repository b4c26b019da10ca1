"""Command line of the fixture channel: `python -m tools.fixture_channel build|lock`."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from tools import paths
from tools.bootstrap.errors import CancelledError
from tools.fixture_channel import FixtureChannelError, ensure, inputs

DESCRIPTION = """\
A real conda channel, built on this machine from Python wheels, Debian's libraries and the CPython installations found
(SLATE_PYTHON_PREFIXES, pyenv's versions, the system's), for machines that reach no conda channel.

  build   build it, unless it is there already (about a minute); prints its folder as the last line
  lock    compile wheels.in into one list of pinned wheels for each version of Python (needs the package index)
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.fixture_channel",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="build the channel")
    build.add_argument(
        "--out", type=Path, default=paths.SLATE, help="the folder to keep caches in (default: %(default)s)"
    )
    lock = commands.add_parser("lock", help="compile the lists of wheels")
    lock.add_argument("--uv", default=_uv(), help="the uv to use (default: %(default)s)")
    lock.add_argument(
        "--python",
        action="append",
        help="only this version of Python, such as 3.14; may be given several times (default: all there are)",
    )
    return parser


def _uv() -> str:
    own = paths.SLATE / "uv" / "bin" / "uv"
    return str(own) if own.exists() else "uv"


def _lock(uv: str, pythons: list[str]) -> None:
    for python in pythons:
        target = inputs.wheel_list(python)
        print(f"compiling {target.name}", flush=True)
        command = [uv, "pip", "compile", "--quiet", "--generate-hashes", "--only-binary", ":all:"]
        command += ["--python-version", python, "--python-platform", "x86_64-manylinux_2_36"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--upgrade"]
        try:
            subprocess.run([*command, "--output-file", str(target), str(inputs.HERE / "wheels.in")], check=True)
        except FileNotFoundError:
            raise FixtureChannelError(f"{uv} is not there; run: python3 -m tools.bootstrap ensure python") from None
        except subprocess.CalledProcessError as error:
            raise FixtureChannelError(f"uv found no wheels for Python {python}; it says why above.") from error


def _terminated(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the command line and return its exit status."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        if arguments.command == "lock":
            _lock(arguments.uv, arguments.python or list(inputs.supported_pythons()))
        else:
            channel = ensure(arguments.out.resolve(), lambda line: print(line, file=sys.stderr, flush=True))
            print(channel.path, flush=True)
    except FixtureChannelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, CancelledError):
        print("interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
