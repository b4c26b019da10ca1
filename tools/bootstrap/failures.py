"""Turns a failed command into a message that says what happened and what to do."""

import re
import signal
from collections.abc import Sequence
from pathlib import Path

from tools.bootstrap.errors import BootstrapError

_TAIL_LINES = 12
_TAIL_BYTES = 16_384

_ADVICE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE),
        "Free some disk space (a first build needs about 8 GB, most of it in the Go build cache) and run it again.",
    ),
    (
        re.compile(r"SECURITY ERROR|checksum mismatch|do not match the hashes|hash mismatch", re.IGNORECASE),
        "What was served is not what this repository pins. Do not go on: check the proxy or mirror in between.",
    ),
    (
        re.compile(
            r"dial tcp|no such host|connection refused|TLS handshake|i/o timeout|proxyconnect|"
            r"Failed to fetch|Could not connect|client error \(Connect\)|Network is unreachable|"
            r"Temporary failure in name resolution|Max retries exceeded",
            re.IGNORECASE,
        ),
        "The package registry did not answer. Behind a proxy or with a mirror of your own set GOPROXY "
        "(Go modules) and UV_DEFAULT_INDEX (Python packages), then run it again.",
    ),
    (
        re.compile(r"signal: killed|out of memory|cannot allocate memory", re.IGNORECASE),
        "The machine ran out of memory: linking needs about 3 GB. Close other programs and run it again.",
    ),
    (
        re.compile(r"permission denied|read-only file system", re.IGNORECASE),
        "A folder cannot be written. The clone's .slate folder and the caches of Go and uv must belong to you.",
    ),
)


def log_tail(log: Path, lines: int = _TAIL_LINES) -> list[str]:
    """Return the last lines of a log file."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def build_failure(group: str, command: Sequence[str], code: int, log: Path) -> BootstrapError:
    """Return the error for a command that failed.

    Args:
        group: the group it ran for.
        command: program and arguments.
        code: its exit code; negative for the number of the signal that ended it.
        log: the group's log file, which has the command's output.
    """
    tail = log_tail(log)
    text = "\n".join(tail)
    program = " ".join([Path(command[0]).name, *command[1:2]])
    ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    advice = next(
        (words for pattern, words in _ADVICE if pattern.search(text)),
        f"Read the log, then run it again: python3 -m tools.bootstrap ensure {group}",
    )
    shown = "\n".join(f"    | {line}" for line in tail)
    return BootstrapError(f"{program} {ended}. The last lines of {log}:\n{shown}\n    {advice}")
