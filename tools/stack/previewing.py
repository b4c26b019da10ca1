"""`make preview`: Pulumi's own preview at the terminal, then what it means, there and in files for a comment."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tools.preview import comment, files, recording, terminal, verdict
from tools.preview.analysis import Analysis
from tools.preview.files import Files
from tools.preview.problem import PreviewProblem
from tools.preview.recording import Error, Recording
from tools.preview.values import BLANKED
from tools.stack import options, recovery
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.pulumi import Outcome
from tools.stack.session import Session

BLOCKED = (
    "Nothing was changed: a rule about what exists already forbids the change (above). docs/policies.md says why each"
    " rule is there, and how an exemption is made."
)
SECRET_VARIABLE = re.compile(r"(PASSPHRASE|PASSWORD|SECRET|TOKEN|ACCESS_KEY)$")
PASSWORD = re.compile(r"(?<=://)[^\s/@]*(?=@)")


class Preview:
    """One preview of a stack, and what is written of it."""

    def __init__(self, layout: Layout, stack: str, wanted: Files) -> None:
        self._layout = layout
        self._stack = stack
        self._wanted = wanted
        self._told = False
        self._unwritten: PreviewProblem | None = None

    @contextlib.contextmanager
    def telling(self, progress: Progress) -> Iterator[None]:
        """Write the files even if the preview does not come to its end, whatever the reason.

        Raises:
            PreviewProblem: At the end of a preview that succeeded: a file could not be written.
        """
        try:
            yield
        except StackProblem as problem:
            self._tell(recording.failed(self._stack, recording.PREVIEW, str(problem)), progress)
            raise
        except KeyboardInterrupt:
            self._tell(Recording(self._stack, recording.PREVIEW, outcome=recording.INTERRUPTED), progress)
            raise
        except Exception as error:
            # Of an unexpected error the terminal has the traceback; its text may hold anything.
            expected = type(error).__module__.startswith("tools.")
            message = str(error) if expected else f"The preview broke off: {type(error).__name__}."
            self._tell(recording.failed(self._stack, recording.PREVIEW, message), progress)
            raise
        if self._unwritten:
            raise self._unwritten

    def run(self, session: Session, progress: Progress) -> tuple[Outcome, Recording, Analysis]:
        """Run Pulumi's preview, say what it means, and write the files."""
        interrupted = recovery.interrupted(self._layout, self._stack)
        if interrupted:
            progress.note("the last run was interrupted (or is still at work): `make up` completes it")
        outcome, log = execute(session, ["--diff"], adopt=interrupted)
        found = as_it_ended(recording.read(log, self._stack), outcome, session.pulumi.environment)
        analysis = judged(found, self._layout)
        progress.say()
        progress.say(terminal.write(comment.document(found, analysis)))
        progress.say()
        self._write(found, analysis, progress, log)
        return outcome, found, analysis

    def _tell(self, found: Recording, progress: Progress) -> None:
        """Write what became of a preview that broke off, and say what could not be written: that is not the worst."""
        if not self._told:
            self._write(found, Analysis(), progress)
        if self._unwritten:
            progress.note(str(self._unwritten))

    def _write(self, found: Recording, analysis: Analysis, progress: Progress, log: Sequence[str] = ()) -> None:
        self._told = True
        try:
            self._wanted.write(found, analysis, progress.note, log)
        except PreviewProblem as problem:
            self._unwritten = problem


def as_it_ended(found: Recording, outcome: Outcome, environment: Mapping[str, str]) -> Recording:
    """What was recorded, with what only the command's own end tells.

    Args:
        found: What was recorded.
        outcome: How the command ended.
        environment: Of the command; what is secret in it is not told.
    """
    # One that was asked to stop at its very end has come to its end all the same.
    if (outcome.stopped and outcome.exit_code) or outcome.killed:
        return replace(found, outcome=recording.INTERRUPTED)
    if outcome.exit_code and found.outcome != recording.FAILED and not found.errors:
        # Such as a configuration that Pulumi refuses: it says so before the engine can log anything.
        said = _masked(recording.bare(outcome.said), environment).removeprefix("error: ")
        error = Error("", said or f"pulumi preview ended with exit code {outcome.exit_code} and did not say why.")
        return replace(found, outcome=recording.FAILED, errors=(error,))
    return found


def _masked(text: str, environment: Mapping[str, str]) -> str:
    """A text without what variables such as `PULUMI_CONFIG_PASSPHRASE` hold, and without passwords in addresses."""
    for name, value in environment.items():
        if value and SECRET_VARIABLE.search(name):
            text = text.replace(value, BLANKED)
    return PASSWORD.sub(BLANKED, text)


def execute(session: Session, extra: list[str], *, adopt: bool, shown: bool = True) -> tuple[Outcome, list[str]]:
    """Run `pulumi preview` with the policies; returns how it ended, and its event log.

    Args:
        session: The stack.
        extra: Further options of the command.
        adopt: The state may lack objects of an interrupted run.
        shown: Whether Pulumi shows it at the terminal.
    """
    log = session.layout.stacks / f".{session.request.stack}.preview.events"
    command = ["preview", *extra, *options.policies(), *options.arguments(), *options.CALM]
    try:
        outcome = session.pulumi.work(command, extra=options.ADOPT if adopt else {}, keep_log=log, shown=shown)
        return outcome, files.opened(log) if log.exists() else []
    finally:
        log.unlink(missing_ok=True)


def judged(found: Recording, layout: Layout) -> Analysis:
    """What a run means, by the clone's own parameters of the rules.

    Raises:
        StackProblem: The parameters of the rules are not right.
    """
    try:
        return files.judge(found, folder=layout.rules)
    except PreviewProblem as problem:
        raise StackProblem(str(problem)) from problem


def refuse(found: Recording, analysis: Analysis) -> None:
    """Stop where a rule about what exists already is broken, as Pulumi does where one of the pack is.

    Raises:
        StackProblem: It is.
    """
    if not verdict.verdict(found, analysis).passes:
        raise StackProblem(BLOCKED)
