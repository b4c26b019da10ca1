"""The command line `python3 -m tools.bootstrap`."""

import argparse
import sys
from collections.abc import Sequence

from tools.bootstrap.doctor import doctor
from tools.bootstrap.ensure import ensure
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups import DEFAULT, all_groups
from tools.bootstrap.lock_requirements import lock_requirements
from tools.bootstrap.workplace import Workplace


def _parser(place: Workplace) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m tools.bootstrap",
        description="Finds, downloads or builds the tools of this clone, into .slate/.",
        epilog="Environment: SLATE_OFFLINE=1 downloads no releases; SLATE_KUBERNETES_PROVIDER=FILE|offline names the "
        "provider; SLATE_MIRROR_PULUMI, SLATE_MIRROR_GITHUB, SLATE_MIRROR_KUBERNETES name mirrors. "
        "See docs/install.md.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ensure_parser = commands.add_parser(
        "ensure",
        help="install what is missing",
        description="Installs what is missing. Groups: "
        + "; ".join(f"{group.name} ({group.summary})" for group in all_groups(place).values())
        + f". Default: {', '.join(DEFAULT)}.",
    )
    ensure_parser.add_argument("groups", nargs="*", metavar="GROUP", help="what to install")
    commands.add_parser("doctor", help="list every tool: where it is, its version, or how to get it")
    commands.add_parser("lock", help="compile requirements/*.in into the hash-pinned *.txt")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    place = Workplace()
    try:
        options = _parser(place).parse_args(arguments)
        match options.command:
            case "ensure":
                ensure(options.groups, place)
            case "doctor":
                return doctor(place)
            case "lock":
                lock_requirements(place)
    except BootstrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "Interrupted: everything that was started has ended, and the next run goes on from here.", file=sys.stderr
        )
        return 130
    except BrokenPipeError:
        return 1
    except PermissionError as error:
        print(
            f"error: {error.filename}: {error.strerror}. The clone's .slate folder must belong to you; "
            "use a clone of your own.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(f"error: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0
