"""The comment on a change: what a reviewer reads, from a recording and its analysis."""

import re

from tools.preview import limits, markdown
from tools.preview.analysis import Analysis
from tools.preview.blocks import Code, Document, Line, Strong
from tools.preview.parts import amounts, changes, differences, problems, promises, removals, rules
from tools.preview.recording import Recording
from tools.preview.verdict import verdict


def marker(stack: str) -> str:
    """The hidden line by which the comment of a stack is found again."""
    return f"<!-- slate-preview:{re.sub(r'[^A-Za-z0-9_.-]', '_', stack)} -->"


def document(recording: Recording, analysis: Analysis) -> Document:
    """What the comment says, in the order of reading."""
    judged = verdict(recording, analysis)
    opening: list[Line] = [(judged.counts + ".",)] if judged.counts else []
    if judged.reasons:
        opening.append((" ".join(judged.reasons),))
    sections = (
        problems.broken(recording),
        removals.section(recording, analysis),
        rules.violations(recording, analysis),
        rules.undecided(recording, analysis),
        promises.exemptions(analysis),
        amounts.section(analysis),
        promises.service_levels(analysis),
        changes.section(recording),
        problems.warned(recording),
        differences.section(recording),
    )
    suffix = "" if recording.stack == "dev" else f" STACK={recording.stack}"
    # An event log that ends before the first resource does not say whose it is.
    whose: Line = (" of stack ", Code(recording.stack)) if recording.stack else ()
    return Document(
        title=("Slate: ", recording.command, *whose, ": ", Strong(judged.word)),
        opening=tuple(opening),
        sections=tuple(section for section in sections if section),
        closing=("The same in a terminal: ", Code(f"make preview{suffix}"), ". The rules: ", Code("docs/policies.md")),
    )


def render(recording: Recording, analysis: Analysis, limit: int = limits.GITHUB) -> str:
    """The comment as Markdown.

    Args:
        recording: Of the run.
        analysis: Of the recording.
        limit: How many characters it may have.
    """
    hidden = marker(recording.stack)
    return limits.fit(
        document(recording, analysis), limit - limits.SIGNATURE, lambda wanted: markdown.write(wanted, hidden)
    )
