"""What changes about the service level agreement, and which exemptions from rules are in use."""

from tools.preview.analysis import Analysis, ExemptionLine, TargetChange
from tools.preview.blocks import Code, Line, Section, Strong, Table, shortened

LOUD = ("loosened", "removed")
LONGEST = 300


def service_levels(analysis: Analysis) -> Section | None:
    """Changes of the promises, those that a customer would mind first."""
    if not analysis.service_levels:
        return None
    changes = sorted(analysis.service_levels, key=lambda change: change.verdict not in LOUD)
    rows = tuple(_promise(change) for change in changes)
    table = Table(("promise", "before", "after", "verdict", "remark"), rows)
    return Section("Service level agreement", table, importance=80, noun="changes")


def exemptions(analysis: Analysis) -> Section | None:
    """All exemptions of the stack, those that no longer hold first."""
    if not analysis.exemptions:
        return None
    lines = sorted(analysis.exemptions, key=lambda line: line.status == "used")
    table = Table(("rule", "resource", "reason", "owner", "until", "state"), tuple(_exemption(line) for line in lines))
    return Section("Exemptions", table, importance=70, noun="exemptions")


def _promise(change: TargetChange) -> tuple[Line, ...]:
    word: Line = (Strong(change.verdict),) if change.verdict in LOUD else (change.verdict,)
    silent = not change.before and not change.after
    before, after = (() if silent else _value(text) for text in (change.before, change.after))
    return (Code(change.name),), before, after, word, (shortened(change.remark, LONGEST),)


def _value(text: str) -> Line:
    return (Code(shortened(text, LONGEST)),) if text else ("nothing",)


def _exemption(line: ExemptionLine) -> tuple[Line, ...]:
    state: Line = (line.status,) if line.status == "used" else (Strong(line.status),)
    reason = shortened(line.reason, LONGEST)
    return (Code(line.rule),), (Code(line.resource),), (reason,), (line.owner,), (line.expires,), state
