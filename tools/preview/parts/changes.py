"""What would be made or changed, in a line each; the same change of many resources is one line."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tools.preview import values
from tools.preview.blocks import Code, Items, Line, Section, codes, joined, shortened
from tools.preview.recording import Recording
from tools.preview.steps import ABSENT, PropertyChange, Step

MADE = ("create", "import")
MOST_NAMES, MOST_PROPERTIES = 5, 3
MOST_VALUES = 10
"""Values of one property in a line each; more are told by the first of them, and in the differences."""
LONGEST = 140


def section(recording: Recording) -> Section | None:
    """What is made and changed; what is deleted or replaced is told elsewhere."""
    wanted = [step for step in recording.changes if step.op in MADE or step.op == "update"]
    if not wanted:
        return None
    often = Counter((step.op, kind(step)) for step in wanted)
    many = {which for which, number in often.items() if number > MOST_NAMES}
    # What there is much of comes last, so that it hides nothing, and is what a comment that is too long loses.
    wanted.sort(key=lambda step: (step.op not in MADE, (step.op, kind(step)) in many, step.label))
    alike: dict[tuple[str, str, Line], list[Step]] = {}
    for step in wanted:
        # What is made is alike whatever it is; its kinds must not hide behind so many more.
        own = kind(step) if step.op in MADE and (step.op, kind(step)) in many else ""
        alike.setdefault((step.op, own, _properties(step)), []).append(step)
    lines = tuple(_line(steps, several) for steps, several in _with_own_values(alike.values()))
    return Section("Created or updated", Items(lines), importance=40, noun="lines")


def kind(step: Step) -> str:
    """The kind of a resource, by which many of one are told from a few of another."""
    return step.label.partition(" ")[0]


def _with_own_values(alike: Iterable[list[Step]]) -> Iterator[tuple[list[Step], bool]]:
    """The steps of each line, and whether they differ in their values, as the host names of workspaces do."""
    together: dict[tuple[str, ...], list[list[Step]]] = {}
    for steps in alike:
        paths = (diff.path for diff in steps[0].diffs)
        together.setdefault((steps[0].op, kind(steps[0]), *paths), []).append(steps)
    for groups in together.values():
        if len(groups) > MOST_VALUES and groups[0][0].op == "update":
            yield [step for steps in groups for step in steps], True
        else:
            yield from ((steps, False) for steps in groups)


def _line(steps: list[Step], several: bool) -> Line:
    names = codes([step.label for step in steps], MOST_NAMES)
    others = ("; in the others with values of their own",) if several else ()
    return (f"{steps[0].op} ", *names, *_properties(steps[0]), *others)


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
