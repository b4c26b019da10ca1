"""The files that a preview is written to: on success and on failure."""

import argparse
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from policies import parameters
from tools.preview import comment, limits, machine, trimming, web
from tools.preview.analysis import Analysis, analyse
from tools.preview.problem import PreviewProblem
from tools.preview.recording import Recording

_EVENT = re.compile(r'\{.*"\w+Event"\s*:')


@dataclass(frozen=True)
class Files:
    """Where to write what; None: not at all."""

    markdown: Path | None = None
    html: Path | None = None
    json: Path | None = None
    events: Path | None = None
    limit: int = limits.GITHUB
    """Characters that the Markdown may have."""

    def write(
        self, recording: Recording, analysis: Analysis, say: Callable[[str], None], log: Sequence[str] = ()
    ) -> None:
        """Write them; one that cannot be written keeps none of the others from it.

        Args:
            recording: Of the run.
            analysis: Of the recording.
            say: Is told of each file that was written.
            log: The lines of the event log, for the file of events.

        Raises:
            PreviewProblem: Names every file that cannot be written.
        """
        text = comment.render(recording, analysis, self.limit) if self.markdown or self.html else ""
        contents = (
            (self.markdown, text.encode),
            (self.html, lambda: web.page(text, f"Preview of stack {recording.stack}").encode()),
            (self.json, lambda: machine.write(recording, analysis).encode()),
            (self.events, lambda: kept(trimming.trimmed(log) if log else trimming.told(recording.errors))),
        )
        problems = []
        for path, make in contents:
            if path:
                try:
                    _write(path, make())
                    say(f"written: {path}")
                except PreviewProblem as problem:
                    problems.append(str(problem))
        if problems:
            raise PreviewProblem("\n".join(problems))


def judge(recording: Recording, now: datetime | None = None, folder: Path = parameters.FOLDER) -> Analysis:
    """What a run means, by the parameters of its stack's rules.

    Args:
        recording: Of the run.
        now: Decides which exemptions hold; by default the present.
        folder: Of the parameters.

    Raises:
        PreviewProblem: The parameters are not right.
    """
    try:
        own = parameters.load(recording.stack, folder).resolved(recording.settings)
    except parameters.PolicyConfigError as error:
        raise PreviewProblem(str(error)) from error
    return analyse(recording, own, now or datetime.now(UTC))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a command line that say what to write."""
    for name, text in (
        ("markdown", "the comment for a pull request"),
        ("html", "the comment as a page"),
        ("json", "verdict, changes and findings, for programs"),
        ("events", "a recording of the run without secrets (.jsonl.gz), for `python -m tools.preview render`"),
    ):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {text}")
    help_ = (
        f"size of the comment: github ({limits.GITHUB} characters, the default), gitlab ({limits.GITLAB}) or a number"
    )
    parser.add_argument("--limit", type=_limit, default=limits.GITHUB, metavar="SIZE", help=help_)


def given(options: argparse.Namespace) -> Files:
    """What a command line says."""
    return Files(options.markdown, options.html, options.json, options.events, options.limit)


def _limit(text: str) -> int:
    names = {"github": limits.GITHUB, "gitlab": limits.GITLAB}
    number = names.get(text.lower()) or (int(text) if text.isdecimal() else 0)
    if number < limits.LEAST:
        wanted = f"github, gitlab or a number of characters from {limits.LEAST} on"
        raise argparse.ArgumentTypeError(f"must be {wanted}, not {text!r}")
    return number


def kept(lines: Iterable[str]) -> bytes:
    """The lines of a recording, packed; the same lines give the same bytes."""
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def opened(path: Path) -> list[str]:
    """The lines of an event log or of a recording.

    Raises:
        PreviewProblem: It cannot be read.
    """
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode(errors="replace").splitlines()
    except (OSError, EOFError, zlib.error) as error:
        raise PreviewProblem(f"{path} cannot be read: {error}") from error


def recorded(path: Path) -> list[str]:
    """The lines of a file that somebody gives as a recording; one without a line is of a run that never began.

    Raises:
        PreviewProblem: It cannot be read, or is something else.
    """
    lines = opened(path)
    if any(line.strip() for line in lines) and not any(map(_EVENT.match, lines)):
        raise PreviewProblem(
            f"{path} is no recording: none of its lines is an event of Pulumi's. Give what --events of `make preview`"
            " or --event-log of Pulumi has written."
        )
    return lines


def _write(path: Path, content: bytes) -> None:
    try:
        if path.is_dir():
            raise PreviewProblem(f"{path} cannot be written: it is a directory. Name a file in it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except FileExistsError as error:  # as making a directory calls it
        raise PreviewProblem(f"{path} cannot be written: {path.parent} is no directory.") from error
    except OSError as error:
        raise PreviewProblem(f"{path} cannot be written: {error.strerror or error}.") from error
