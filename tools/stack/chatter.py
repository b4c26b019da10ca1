"""What the CLI prints where there is no terminal, without the log of every image build.

At a terminal Pulumi shows one line a resource. Without one it repeats each line of BuildKit's log as a line of its own,
hundreds of them for a few images; of these only the steps are kept. A build that fails is told by its diagnostics.
"""

import re
import subprocess
import threading
from collections.abc import Callable
from typing import IO, TextIO

_IMAGE = re.compile(
    r"docker(?:-build)?:index(?:/image)?:Image (?P<image>\S+) "
    r"(?:creat|updat|replac)(?:(?P<done>ed)|\w*) \([\d.]+s\)(?: \[diff: [^\]]*\])?(?P<said>;?.*)$"
)
_LOG = re.compile(r";?\s(?:#\d+ |$)")
_STEP = re.compile(
    r";?\s#\d+ (?:\[(?P<step>[a-z]+ \d+/\d+)\] (?:RUN|FROM|COPY)|(?P<export>exporting layers|pushing layers)$)"
)


class Chatter:
    """Decides which lines are shown, and shortens the steps of image builds."""

    def __init__(self) -> None:
        self._shown: set[tuple[str, str]] = set()

    def shorten(self, line: str) -> str | None:
        """A line as it is to be shown, or None if it is not.

        Args:
            line: As the CLI prints it, without the line break.
        """
        match = _IMAGE.search(line)
        if match is None:
            return line
        if match["done"]:
            # The log's last line comes with the result, whatever it was; other remarks are the provider's own.
            return line[: match.start("said")] if _LOG.match(match["said"]) else line
        step = _STEP.match(match["said"])
        if match["said"].strip("; ") and step is None:
            return None
        name = (step["step"] or step["export"]) if step else ""
        if (match["image"], name) in self._shown:
            return None
        self._shown.add((match["image"], name))
        return f"    image {match['image']}: {name}" if name else line


def relay(source: IO[str], target: TextIO) -> None:
    """Copy lines as they come, without the chatter, until the source ends; then close it."""
    chatter = Chatter()
    with source:
        for line in source:
            shown = chatter.shorten(line.rstrip("\n"))
            if shown is not None:
                print(shown, file=target, flush=True)


def hear(source: IO[str], target: TextIO, heard: list[str]) -> None:
    """Copy lines as they come, and remember them, until the source ends; then close it."""
    with source:
        for line in source:
            heard.append(line)
            print(line, end="", file=target, flush=True)


def relaying(child: "subprocess.Popen[str]", target: TextIO) -> threading.Thread:
    """Start to relay a child's standard output."""
    return _beside(relay, child.stdout, target)


def listening(child: "subprocess.Popen[str]", target: TextIO, heard: list[str]) -> threading.Thread:
    """Start to copy a child's standard error as it comes, and to remember it."""
    return _beside(hear, child.stderr, target, heard)


def _beside(copy: Callable[..., None], source: IO[str] | None, *more: object) -> threading.Thread:
    assert source is not None  # noqa: S101 - the caller has made the pipe
    thread = threading.Thread(target=copy, args=(source, *more), daemon=True)
    thread.start()
    return thread
