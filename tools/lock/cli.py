"""What `python -m tools.lock` understands."""

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from services.conda_mirror.channels import ChannelSource
from tools import fixture_channel, paths
from tools.lock.errors import LockError
from tools.lock.fixture import fixture_options, on_fixture
from tools.lock.index import NAME as INDEX
from tools.lock.make import make
from tools.lock.options import (
    COMMITTED,
    ENVIRONMENTS,
    LAYERS,
    OWN,
    PACKAGE_MANAGERS,
    PLATFORM,
    Options,
    channel,
    recorded_options,
)

DESCRIPTION = """\
Which packages, exactly, each layer of the workspaces' images has. Locks belong to a channel:

  fixture      made on this machine, by `make up` or here, under .slate/locks/fixture: its packages are built here
  conda-forge  and others: under images/workspace/locks/<channel>, to be committed

  make   solve what does not fit its sources any more; nothing to do if all fits
  check  fail where a lock does not fit its sources, and say how to mend it; needs no network
  sbom   write the bills of materials again and check the licences
"""


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--channel", metavar="NAME", help="whose locks (default: fixture; for check: all there are)")
    common.add_argument("--url", help="the channel's address, as locks record it (known for fixture and conda-forge)")
    common.add_argument("--out", type=Path, help="the folder of the locks (default: as above)")
    common.add_argument(
        "--environments", type=Path, default=ENVIRONMENTS, help="the environment files (default: %(default)s)"
    )
    common.add_argument("--layers", type=Path, default=LAYERS, help="the lower layers' lists (default: %(default)s)")
    common.add_argument(
        "--platform-environment",
        type=Path,
        default=PLATFORM,
        metavar="FILE",
        help="the in-cluster programs' environment file (default: %(default)s)",
    )
    common.add_argument(
        "--deny-licence",
        action="append",
        metavar="SPDX",
        help="fail if a package has this licence, besides deniedLicences in layers.yml; may be given several times "
        "(default: as last time, or none)",
    )
    parser = argparse.ArgumentParser(
        prog="python -m tools.lock", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    solve = commands.add_parser("make", parents=[common], help="make the locks")
    solve.add_argument("--source", help="read the channel from here, such as a mirror, instead of from its address")
    solve.add_argument(
        "--more-channels",
        nargs="+",
        metavar="NAME[=URL]",
        help="channels of lower priority, in this order, such as conda-forge (default: as last time, or none)",
    )
    solve.add_argument(
        "--package-manager", choices=PACKAGE_MANAGERS, help="goes into the base layer (default: as last time, or none)"
    )
    solve.add_argument(
        "--exclude-newer",
        metavar="AGE|DAY",
        help="leave out packages younger than 7d, or built after 2026-11-01 (default: as last time, or none)",
    )
    solve.add_argument(
        "--forget", action="store_true", help="take nothing as last time: what is not given here is none"
    )
    solve.add_argument("--upgrade", action="store_true", help="solve everything anew, to get what is newest now")
    commands.add_parser("check", parents=[common], help="find locks that do not fit")
    commands.add_parser("sbom", parents=[common], help="write bills of materials, check licences")
    return parser


def _folder(arguments: argparse.Namespace, name: str) -> Path:
    if arguments.out:
        return arguments.out.resolve()
    return (OWN if name == fixture_channel.NAME else COMMITTED) / name


def _named(text: str) -> ChannelSource:
    name, _, url = text.partition("=")
    return channel(name, url or None)


def _sources(arguments: argparse.Namespace, options: Options) -> Options:
    """Return the options with the source files that the user named."""
    return replace(
        options,
        environments=arguments.environments,
        layers=arguments.layers,
        platform=arguments.platform_environment,
        deny_licences=options.deny_licences if arguments.deny_licence is None else tuple(arguments.deny_licence),
    )


def _options(arguments: argparse.Namespace, name: str) -> Options:
    """Return what the locks of a channel were made with last time, or would be by default."""
    url = arguments.url or (fixture_channel.URL if name == fixture_channel.NAME else None)
    folder = _folder(arguments, name)
    source = getattr(arguments, "source", None)
    mend = "make lock" if name == fixture_channel.NAME else f"make lock CHANNEL={name}"
    options = recorded_options(folder, Options(channels=(), out=folder))
    if not options.channels and arguments.command != "make":
        raise LockError(f"{folder}: no locks here yet. Make them: {mend}")
    if getattr(arguments, "forget", False):
        options = replace(
            options, channels=options.channels[:1], package_manager="none", exclude_newer=None, deny_licences=()
        )
    more = getattr(arguments, "more_channels", None)
    if not options.channels or arguments.url or source or more:
        url = url or next((known.url for known in options.channels if known.name == name), None)
        lower = [_named(text) for text in more] if more else options.channels[1:]
        options = replace(options, channels=(channel(name, url, source), *lower))
    return replace(_sources(arguments, options), mend=mend)


def _make(arguments: argparse.Namespace) -> None:
    name = arguments.channel or fixture_channel.NAME
    options = _options(arguments, name)
    if name == fixture_channel.NAME and arguments.url is None and arguments.source is None:
        options = on_fixture(options, fixture_options(paths.SLATE, _say))
    options = replace(
        options,
        package_manager=arguments.package_manager or options.package_manager,
        exclude_newer=arguments.exclude_newer or options.exclude_newer,
        upgrade=arguments.upgrade,
    )
    made = make(options, _say)
    if made.changed:
        _say(f"{len(made.changed)} of {len(made.layers)} locks made: {made.folder}")
    else:
        _say(f"all {len(made.layers)} locks fit: {made.folder}")


def _present(arguments: argparse.Namespace) -> list[str]:
    """Return the channels that there are locks of."""
    if arguments.channel or arguments.out:
        return [arguments.channel or fixture_channel.NAME]
    folders = [*sorted(COMMITTED.glob("*")), OWN / fixture_channel.NAME]
    return [folder.name for folder in folders if (folder / INDEX).is_file()]


def _check(arguments: argparse.Namespace) -> None:
    from tools.lock.check import check  # noqa: PLC0415 - loads the solver

    names = _present(arguments)
    if not names:
        _say("no locks here yet: `make up` makes those of the fixture, `make lock CHANNEL=conda-forge` a site's")
    messages = []
    for name in names:
        options = _options(arguments, name)
        try:
            _say(f"all {check(options)} locks fit: {options.out}")
        except LockError as error:
            messages.append(str(error))
    if messages:
        raise LockError("\n".join(messages))


def _sbom(arguments: argparse.Namespace) -> None:
    from tools.lock.files import rewrite_sboms  # noqa: PLC0415 - loads the solver

    for name in _present(arguments) or [fixture_channel.NAME]:
        options = _options(arguments, name)
        _say(f"{rewrite_sboms(options)} bills of materials: {options.out}")


def _say(line: str) -> None:
    print(line, flush=True)


def _terminated(*_: object) -> None:
    raise KeyboardInterrupt


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 1 for a lock that cannot be made or does not fit."""
    arguments = _parser().parse_args(given)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        if arguments.command == "make":
            _make(arguments)
        elif arguments.command == "check":
            _check(arguments)
        else:
            _sbom(arguments)
    except LockError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0
