"""The command line. Every command imports what it needs itself, when it runs."""

import argparse
import signal
import sys
from collections.abc import Sequence

from services.service_levels.errors import ServiceLevelsError

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # as a pod that is deleted gets it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    try:
        return options.run(options)
    except (ServiceLevelsError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.service_levels", description="Programs of the service levels of workspaces."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    del commands  # filled as programs come
    return parser
