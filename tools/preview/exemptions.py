"""The exemptions of a stack, and what became of each in a run."""

from collections.abc import Sequence

from policies.changes.change import Plan
from policies.evaluate import in_force
from policies.findings import Outcome
from policies.parameters import Exemption
from tools.preview.outcome import ExemptionLine, OldStateFinding
from tools.preview.recording import OK, Recording

USED, UNUSED, EXPIRED, INCOMPLETE, UNDECIDED = "used", "unused", "expired", "incomplete", "undecided"


def lines(recording: Recording, found: Sequence[OldStateFinding], plan: Plan) -> tuple[ExemptionLine, ...]:
    """One line each, in the order of the file."""
    labels = {step.urn: step.label for step in recording.steps}
    used = {
        (one.finding.rule, labels.get(one.urn, ""))
        for one in recording.findings
        if one.finding.outcome is Outcome.EXEMPTED
    }
    used |= {(one.finding.rule, one.resource) for one in found if one.finding.outcome is Outcome.EXEMPTED}
    not_used = UNUSED if recording.outcome == OK else UNDECIDED  # what did not run to its end may have needed it
    return tuple(_line(entry, used, not_used, plan) for entry in plan.parameters.exemptions)


def _line(entry: Exemption, used: set[tuple[str, str]], not_used: str, plan: Plan) -> ExemptionLine:
    if not entry.complete:
        status = INCOMPLETE
    elif not in_force(entry, plan.now.date()):
        status = EXPIRED
    else:
        status = USED if (entry.rule, entry.resource) in used else not_used
    expires = entry.expires.isoformat() if entry.expires else ""
    return ExemptionLine(entry.rule, entry.resource, entry.reason, entry.owner, expires, status)
