"""What would be deleted or replaced, and what forces it: the part that a reviewer must not miss."""

from collections import Counter

from tools.preview.analysis import Analysis
from tools.preview.blocks import Code, Line, Section, Strong, Table, codes, joined
from tools.preview.parts.changes import changed
from tools.preview.recording import Recording
from tools.preview.steps import Step, at

FIRST = ("Namespace", "PersistentVolumeClaim", "StatefulSet", "Secret")
"""Kinds that hold homes, sessions or keys; they come first."""
PROJECT = "slate.dev/project"
MOST_REASONS = 3
MOST_NAMES = 20
"""Of one row."""


def section(recording: Recording, analysis: Analysis) -> Section | None:
    """Deletes and replacements; those with a finding first, then those that hold something."""
    rules: dict[str, list[str]] = {}
    for found in analysis.stateful:
        if found.finding.rule not in rules.setdefault(found.urn, []):
            rules[found.urn].append(found.finding.rule)
    removed = [
        step for step in recording.changes if step.op in ("delete", "replace", "discard") and not _grouping(step)
    ]
    removed.sort(key=lambda step: (step.urn not in rules, _rank(step), step.op != "delete", step.label))
    if not removed:
        return None
    gone = {step.label.partition(" ")[2] for step in removed if step.op == "delete" and _kind(step) == "Namespace"}
    # What goes with a namespace is told in its row, unless it holds something.
    small = [step for step in removed if _place(step) in gone and step.urn not in rules and _rank(step) == len(FIRST)]
    with_it = Counter(_place(step) for step in small)
    alike: dict[tuple[Line, ...], list[str]] = {}
    for step in removed:
        if step not in small:
            lost = with_it[step.label.partition(" ")[2]] if _kind(step) == "Namespace" else 0
            alike.setdefault(_row(step, rules.get(step.urn, []), lost), []).append(step.label)
    rows = tuple(
        (operation, codes(names[start : start + MOST_NAMES], MOST_NAMES), because, broken)
        for (operation, because, broken), names in alike.items()
        for start in range(0, len(names), MOST_NAMES)
    )
    table = Table(("operation", "resource", "because", "rules"), rows)
    return Section("Deleted or replaced", table, importance=90)


def _row(step: Step, rules: list[str], with_it: int) -> tuple[Line, ...]:
    word = Strong("replace" if step.op == "replace" else "delete")
    also: Line = (f"; with it go {with_it} more objects in it",) if with_it else ()
    return (word,), (*_because(step), *also), joined([(Code(rule),) for rule in rules])


def _because(step: Step) -> Line:
    if step.op != "replace":
        kept = "; the object itself is left in the cluster" if step.retained else ""
        if not step.protected:
            return (f"no longer declared{kept}",)
        return (f"no longer declared{kept}; it is protected, so Pulumi refuses", *_allowed(step))
    forcing = [changed(diff) for diff in step.diffs if diff.forces_replacement]
    if not forcing:
        forcing = [(Code(key),) for key in step.replace_keys] or [("the provider does not say why",)]
    more = len(forcing) - MOST_REASONS
    return joined([*forcing[:MOST_REASONS], *([(f"and {more} more",)] if more > 0 else [])])


def _allowed(step: Step) -> Line:
    """How the protection is taken away, where there is a command for it."""
    project = at(step.inputs, ("metadata", "labels", PROJECT))
    if _kind(step) != "Namespace" or not isinstance(project, str):
        return ()
    return (" unless ", Code(f"make unprotect PROJECT={project}"), " was run before")


def _kind(step: Step) -> str:
    return step.label.partition(" ")[0]


def _place(step: Step) -> str:
    """The namespace that an object is in; empty if it is in none."""
    return step.label.partition(" ")[2].rpartition("/")[0]


def _rank(step: Step) -> int:
    kind = _kind(step)
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def _grouping(step: Step) -> bool:
    """Whether it is a component, which only holds others together."""
    return step.type.startswith("slate:")
