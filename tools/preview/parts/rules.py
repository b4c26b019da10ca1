"""What the rules found: violations by severity with their remedy, then what nobody could judge yet."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from policies.findings import Finding, Outcome
from tools.policy.output import ORDER, severity
from tools.preview.analysis import Analysis
from tools.preview.blocks import Code, Line, Section, Strong, Table, codes, shortened
from tools.preview.recording import Recording

THE_STACK = "the stack"
LONGEST = 600
MANY, FEW = 10, 3
"""Of more findings of one rule than the one number, as many as the other are told, and the names of the rest."""
MOST_NAMES = 20
"""Of that rest."""


@dataclass(frozen=True)
class Row:
    """What one rule says of one or several resources."""

    severity: str
    level: str
    finding: Finding

    @property
    def order(self) -> tuple[bool, int, str, str, str]:
        """Blocking ones first, then by severity."""
        known = ORDER.index(self.severity) if self.severity in ORDER else len(ORDER)
        return self.level != "mandatory", known, self.finding.rule, self.finding.path, self.finding.text


def violations(recording: Recording, analysis: Analysis) -> Section | None:
    """Violations, and rules that crashed."""
    wanted = (Outcome.VIOLATION, Outcome.CRASHED)
    grouped = _grouped((row, name) for row, name in _all(recording, analysis) if row.finding.outcome in wanted)
    if not grouped:
        return None
    ordered = sorted(grouped, key=lambda row: (row.order, grouped[row]))
    rows = tuple(row for several in _alike(ordered) for row in _violations(several, grouped))
    table = Table(("severity", "rule", "resource", "what is wrong, and what to do"), rows)
    return Section("Policies", table, importance=100, noun="findings")


def undecided(recording: Recording, analysis: Analysis) -> Section | None:
    """Rules that need a value which is known only during the update."""
    wanted = (Outcome.UNDECIDED,)
    found = ((row, name) for row, name in _all(recording, analysis) if row.finding.outcome in wanted)
    grouped = _grouped(
        (Row(row.severity, "", Finding(row.finding.rule, wanted[0], "", "")), name) for row, name in found
    )
    paths: dict[str, list[str]] = {}
    for row, _ in _all(recording, analysis):
        if row.finding.outcome in wanted and row.finding.path not in paths.setdefault(row.finding.rule, []):
            paths[row.finding.rule].append(row.finding.path)
    if not grouped:
        return None
    rows = tuple(
        ((Code(row.finding.rule),), codes(grouped[row]), codes([path for path in paths[row.finding.rule] if path]))
        for row in sorted(grouped, key=lambda row: row.order)
    )
    return Section(
        f"Undecided at preview: {len(rows)} {'rule' if len(rows) == 1 else 'rules'}",
        Table(("rule", "resource", "value that is not known yet"), rows),
        importance=30,
        noun="rules",
        introduction=("These values are known only during the update; the API server decides then.",),
        folded=True,
    )


def _all(recording: Recording, analysis: Analysis) -> Iterator[tuple[Row, str]]:
    labels = {step.urn: step.label for step in recording.steps}
    for found in recording.findings:
        name = labels.get(found.urn, found.resource) if found.urn else THE_STACK
        if found.urn.rpartition("::")[0].endswith("pulumi:pulumi:Stack"):
            name = THE_STACK
        yield Row(severity(found.finding.rule), found.level, found.finding), name
    for found in analysis.stateful:
        yield Row(found.severity, found.level, found.finding), found.resource or THE_STACK


def _grouped(rows: Iterable[tuple[Row, str]]) -> dict[Row, list[str]]:
    """The resources by what is said of them, each once."""
    found: dict[Row, list[str]] = {}
    for row, name in rows:
        if name not in found.setdefault(row, []):
            found[row].append(name)
    return {row: sorted(names) for row, names in found.items()}


def _alike(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Findings of one rule about the same property, one after another."""
    for _, several in itertools.groupby(rows, _subject):
        yield list(several)


def _subject(row: Row) -> tuple[str, str, Outcome, str]:
    return row.level, row.finding.rule, row.finding.outcome, row.finding.path


def _violations(rows: list[Row], grouped: Mapping[Row, list[str]]) -> Iterator[tuple[Line, ...]]:
    """A row each; of very many about one resource each, the first ones and a row for the others."""
    about = {name for row in rows for name in grouped[row]}
    first, others = (rows[:FEW], rows[FEW:]) if min(len(rows), len(about)) > MANY else (rows, [])
    yield from (_violation(row, grouped[row]) for row in first)
    if others:
        names = list(dict.fromkeys(name for row in others for name in grouped[row]))
        alike = Finding(rows[0].finding.rule, rows[0].finding.outcome, rows[0].finding.path, "here as well.")
        yield _violation(Row(rows[0].severity, rows[0].level, alike), names, MOST_NAMES)


def _violation(row: Row, names: list[str], most: int = 3) -> tuple[Line, ...]:
    finding = row.finding
    level: Line = (Strong(f"{row.severity}, blocks"),) if row.level == "mandatory" else (f"{row.severity}, advisory",)
    where: Line = (Code(finding.path), ": ") if finding.path else ()
    resource: Line = (THE_STACK,) if names == [THE_STACK] else codes(names, most)
    remedy: Line = (f" {shortened(finding.remediation, LONGEST)}",) if finding.remediation else ()
    return level, (Code(finding.rule),), resource, (*where, Strong(shortened(finding.text, LONGEST)), *remedy)
