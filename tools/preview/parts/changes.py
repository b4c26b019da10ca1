"""What would be made or changed, in a line each; the same change of many resources is one line."""

from tools.preview import values
from tools.preview.blocks import Code, Items, Line, Section, codes, joined, shortened
from tools.preview.recording import Recording
from tools.preview.steps import ABSENT, PropertyChange, Step

MADE = ("create", "import")
MOST_NAMES, MOST_PROPERTIES = 5, 3
LONGEST = 140


def section(recording: Recording) -> Section | None:
    """What is made and changed; what is deleted or replaced is told elsewhere."""
    alike: dict[tuple[str, Line], list[str]] = {}
    for step in sorted(recording.changes, key=lambda step: (step.op not in MADE, step.label)):
        if step.op in MADE or step.op == "update":
            alike.setdefault((step.op, _properties(step)), []).append(step.label)
    if not alike:
        return None
    lines = tuple((f"{op} ", *codes(names, MOST_NAMES), *properties) for (op, properties), names in alike.items())
    return Section("Created or updated", Items(lines), importance=40, noun="lines")


def changed(diff: PropertyChange) -> Line:
    """A property with its values."""
    return (Code(diff.path), " from ", *_value(diff.old), " to ", *_value(diff.new))


def _properties(step: Step) -> Line:
    if step.op in MADE or not step.diffs:
        return ()
    told = [_briefly(diff) for diff in step.diffs[:MOST_PROPERTIES]]
    more = len(step.diffs) - MOST_PROPERTIES
    return (": ", *joined([*told, *([(f"and {more} more",)] if more > 0 else [])]))


def _briefly(diff: PropertyChange) -> Line:
    """With its values only where they are short."""
    short = all(len(str(value)) <= LONGEST and not isinstance(value, dict | list) for value in (diff.old, diff.new))
    return changed(diff) if short else (Code(diff.path),)


def _value(value: object) -> Line:
    if value is ABSENT:
        return ("nothing",)
    if isinstance(value, values.Mark):
        return (f"({value!r})",)
    return (Code(shortened(value, LONGEST)),)
