"""The one answer that a preview gives: may this be applied, and if not, why not."""

from collections import Counter
from dataclasses import dataclass

from tools.preview.analysis import Analysis
from tools.preview.recording import CANCELED, INTERRUPTED, Error, PolicyFinding, Recording

BLOCKED, BROKEN, CUT_OFF, UNCHANGED, READY = "blocked", "failed", "interrupted", "nothing changes", "ready"
SUMMARIES = ("preview failed", "update failed")
"""Errors by which the engine only says that there were errors."""
PROTECTED = "cannot be deleted because it is protected"
"""How the engine refuses to delete what is protected; `hints` of the stack commands says what to do."""
KINDS = {
    "create": "to create",
    "import": "to import",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
}


@dataclass(frozen=True)
class Verdict:
    """The answer, in a word and in a sentence for each reason."""

    word: str
    reasons: tuple[str, ...]
    counts: str
    """How many resources would be created, and so on."""

    @property
    def passes(self) -> bool:
        """Whether the change may be applied."""
        return self.word in (READY, UNCHANGED)


def verdict(recording: Recording, analysis: Analysis) -> Verdict:
    """Judge a run."""
    told, violations = errors(recording), len(blocking(recording))
    guarded = sum(map(refuses_deletion, told))
    broken = len(told) - guarded
    kept = sum(finding.blocks for finding in analysis.stateful)
    reasons = []
    if violations:
        reasons.append(f"{counted(violations, 'violation')} of mandatory rules.")
    if kept:
        reasons.append(f"{counted(kept, 'finding')} about what exists already, which {_needs(kept)} an exemption.")
    if guarded:
        reasons.append(f"{counted(guarded, 'protected resource')} would be deleted, which Pulumi refuses.")
    if recording.outcome == INTERRUPTED:
        reasons.append("The run ended before it was done: nothing in this comment is sure to be whole.")
    elif broken and recording.steps:
        reasons.append(f"{counted(broken, 'error')}: nothing else in this comment is sure to be whole.")
    elif broken:
        reasons.append("Nothing could be compared.")
    loosened = sum(change.verdict == "loosened" for change in analysis.service_levels)
    if loosened:
        reasons.append(f"{counted(loosened, 'promise')} of the service level agreement would be loosened.")
    removed = sum(change.verdict == "removed" for change in analysis.service_levels)
    if removed:
        reasons.append(f"{counted(removed, 'part')} of the service level agreement would be removed.")
    return Verdict(
        _word(recording, broken=broken, blocked=bool(violations or kept or guarded)), tuple(reasons), counts(recording)
    )


def blocking(recording: Recording) -> tuple[PolicyFinding, ...]:
    """What the policy pack refuses."""
    return tuple(found for found in recording.findings if found.blocks)


def errors(recording: Recording) -> tuple[Error, ...]:
    """The errors that say something."""
    interrupted = recording.outcome == INTERRUPTED
    empty = (*SUMMARIES, *CANCELED) if interrupted else SUMMARIES
    told = tuple(error for error in recording.errors if error.message not in empty)
    # A run that failed without a word of its own still failed.
    return told or (() if interrupted or blocking(recording) else recording.errors)


def refuses_deletion(error: Error) -> bool:
    """Whether it only says that something is protected."""
    return PROTECTED in " ".join(error.message.split())


def counts(recording: Recording) -> str:
    """How many resources each operation is for, and how many stay as they are."""
    changed = Counter(KINDS.get(step.op, step.op) for step in recording.changes)
    order = [*dict.fromkeys(KINDS.values()), *sorted(set(changed) - set(KINDS.values()))]
    parts = [f"{changed[name]} {name}" for name in order if changed[name]]
    same = sum(step.op == "same" for step in recording.steps)
    return ", ".join([*parts, f"{same} unchanged"]) if recording.steps else ""


def _word(recording: Recording, *, broken: int, blocked: bool) -> str:
    if recording.outcome == INTERRUPTED:  # errors of such a run may only be due to its end; what it has found is not
        return BLOCKED if blocked else CUT_OFF
    if broken:
        return BROKEN
    if blocked:
        return BLOCKED
    if recording.outcome != "ok":
        return BROKEN
    return READY if recording.changes else UNCHANGED


def counted(number: int, what: str) -> str:
    """A number of things: `1 error`, `2 errors`."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def _needs(number: int) -> str:
    return "needs" if number == 1 else "need"
