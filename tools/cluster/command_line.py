"""What the command lines of supervised programs have in common: lines at once, one message for an error, clean ends."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tools import paths


def places(directory: Path, what: str) -> argparse.ArgumentParser:
    """Returns a parent parser with the options that every command has: where the files and the programs are.

    Args:
        directory: Where the files are by default.
        what: Whose files, as the subject of "keep(s) everything".
    """
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--directory", type=Path, default=directory, help=f"where {what} everything (default: %(default)s)"
    )
    common.add_argument(
        "--binaries",
        type=Path,
        default=Path(os.environ.get("SLATE_BINARIES") or paths.BIN),
        help="where the programs are (default: $SLATE_BINARIES, else %(default)s)",
    )
    return common


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def guarded(run: Callable[[], int], refusal: type[Exception]) -> int:
    """Run a command and return its exit status: 2 with one message for a refusal, 130 when it was interrupted.

    Args:
        run: The command.
        refusal: The exception whose text is a message for the user.
    """
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return run()
    except refusal as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone (`logs | head`): not our problem, but Python would complain at its end.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _terminated(*_: object) -> None:
    raise KeyboardInterrupt
