"""What the commands that ask Prometheus have in common."""

import argparse
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from services.service_levels.errors import ServiceLevelsError

INTERRUPTED = 130


def guarded(run: Callable[[], int]) -> int:
    """Run a command.

    Returns:
        Exit code: what the command returns, 1 with one message if it refused or failed, 130 if it was interrupted.
    """
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # as a pod that is deleted gets it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with it ignored
    try:
        return run()
    except (ServiceLevelsError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; days that were asked for are kept", file=sys.stderr)
        return INTERRUPTED


def parser(name: str, purpose: str) -> argparse.ArgumentParser:
    """A parser with the options that page and report share."""
    made = argparse.ArgumentParser(prog=f"python -m services.service_levels {name}", description=purpose)
    made.add_argument("--contract", type=Path, required=True, metavar="FILE", help="contract.json of the stack")
    made.add_argument("--prometheus", type=_web_address, required=True, metavar="URL", help="who measures")
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="keeps the numbers of days that are over")
    made.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the files go")
    made.add_argument("--token-file", type=Path, metavar="FILE", help="bearer token for Prometheus")
    made.add_argument("--authority", type=Path, metavar="FILE", help="certificates that vouch for Prometheus")
    made.add_argument(
        "--id-key-file", type=Path, metavar="FILE", help="key of the opaque ids; without: a new one each time"
    )
    return made


def tell(text: str) -> None:
    """Progress, for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s@]+(/\S*)?", text):
        raise argparse.ArgumentTypeError(f"`{text}` must be an http:// or https:// URL without user and password")
    return text
