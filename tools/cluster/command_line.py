"""What the command lines of supervised programs have in common: lines at once, one message for an error, clean ends."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tools import paths
from tools.cluster.status import ComponentStatus

EXIT_STATUS = {"running": 0, "degraded": 1, "stopped": 3}


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


def add_looking(commands: "argparse._SubParsersAction", common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Adds the commands that only look, `status` and `logs`; returns the parser of `logs`, which may take more.

    Args:
        commands: Takes the commands.
        common: The options of every command.
    """
    status = commands.add_parser(
        "status", parents=[common], help="say what runs", description="Exit status: 0 running, 1 degraded, 3 stopped."
    )
    status.add_argument("--json", action="store_true", help="as a JSON object")
    log = commands.add_parser("logs", parents=[common], help="show the logs")
    log.add_argument("--follow", action="store_true", help="go on with new lines until Ctrl-C")
    log.add_argument("--lines", type=int, default=20, help="last lines of each (default: %(default)s)")
    return log


def programs_table(what: str, programs: Iterable[ComponentStatus]) -> list[str]:
    """Returns lines with the state of each program; `what` they are heads the first column."""
    rows = [f"  {part.name:<24} {part.state:<11} {part.pid or '-':>8} {part.restarts:>9}" for part in programs]
    return ["", f"  {what:<24} {'STATE':<11} {'PID':>8} {'RESTARTS':>9}", *rows]


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
