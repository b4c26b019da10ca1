"""The report as Markdown."""

from collections.abc import Sequence

from services.service_levels import queries, wording
from services.service_levels.definitions import definitions
from services.service_levels.indicators import Indicator
from services.service_levels.report.month import MonthReport, Scope

OUTCOMES = {
    "recovered": "healed itself",
    "silent": "restarted unnoticed",
    "assisted": "somebody changed the workspace",
    "escalated": "needed a person",
    "abandoned": "switched off while down",
    "maintenance": "went over into maintenance",
    "unobserved": "ended unobserved",
    "ongoing": "goes on",
}
"""How an outage ended, in words."""


def as_markdown(report: MonthReport) -> str:
    """The whole report."""
    parts = [
        *_head(report),
        *_table(
            ["Promise", "Target", "Measured", "Counted", "Fits what was seen", "Observed", "Verdict"],
            [_line(one) for one in report.fleet.indicators],
        ),
        *([f"\n{said}"] if (said := unseen_starts(report)) else []),
        "",
        *_projects(report),
        *_outages(report),
        *_maintenance(report),
        "## What the numbers mean",
        "",
        *(f"- **{term}.** {text}" for term, text in definitions(report.contract)),
        "",
        *_audit(report),
    ]
    return "\n".join(parts) + "\n"


def _head(report: MonthReport) -> list[str]:
    zone = report.contract.zone
    title = f"# {escaped(report.contract.title)}: service levels of {report.month.name}"
    state = (
        "" if report.complete else f" The month is not over: this reaches up to {wording.moment(report.until, zone)}."
    )
    span = f"From {wording.moment(report.month.start, zone)} to {wording.moment(report.month.end, zone)}."
    return [title, "", f"{span}{state} Written {wording.moment(report.written, zone)}.", "", "## All projects", ""]


def counted(one: Indicator) -> str:
    """Numerator and denominator."""
    if one.id == "cold_start":
        return f"{wording.number(one.numerator)} s in {wording.number(one.denominator)} starts"
    return f"{wording.number(one.numerator)} of {wording.number(one.denominator)} {one.counted}"


def unseen_starts(report: MonthReport) -> str:
    """What is to be said of starts whose deadline passed while nobody could see; nothing, if there were none."""
    count = report.fleet.totals.sums["starts_unknown"]
    return f"{wording.plural(count, 'start was', 'starts were')} not observed and count neither way." if count else ""


def fits(one: Indicator) -> str:
    """The lowest and the highest value that fit what was seen."""
    return f"{wording.percent(one.low)} to {wording.percent(one.high)}" if one.low is not None else ""


def _line(one: Indicator) -> list[str]:
    observed = wording.percent(100 * one.coverage)
    return [one.name, wording.target(one), wording.value(one), counted(one), fits(one), observed, wording.verdict(one)]


def _projects(report: MonthReport) -> list[str]:
    head = ["Project", *(one.name for one in report.fleet.indicators), "Time to recover", "Credit"]
    rows = [
        [
            escaped(scope.name),
            *(f"{wording.value(one)} ({wording.verdict(one)})" for one in scope.indicators),
            recovery(scope),
            given_back(scope),
        ]
        for scope in report.projects
    ]
    bands = ", ".join(f"{band.percent:g} % below {band.below:g} %" for band in report.contract.credit_bands)
    return ["## Projects", "", *_table(head, rows), "", f"Credits by availability: {bands or 'none are promised'}.", ""]


def recovery(scope: Scope) -> str:
    """Mean time to recover."""
    mean = scope.mean_time_to_recover
    return wording.NO_DATA if mean is None else wording.duration(mean)


def given_back(scope: Scope) -> str:
    """The credit."""
    return "not decided" if scope.credit is None else f"{scope.credit:g} %"


def _outages(report: MonthReport) -> list[str]:
    zone, mean = report.contract.zone, recovery(report.fleet)
    rows = [
        [
            wording.moment(one.start, zone),
            wording.duration(one.seconds) if one.end else f"{wording.duration(one.seconds)}, goes on",
            f"`{one.workspace}`",
            escaped(one.project),
            OUTCOMES[one.outcome],
        ]
        for one in report.outages
    ]
    table = _table(["Start", "Length", "Workspace", "Project", "Outcome"], rows) if rows else ["There was none."]
    tally = ", ".join(f"{OUTCOMES[name]} {wording.number(count)}" for name, count in report.counted.items())
    differ = [f"The list and the counts differ. {one}." for one in report.differences]
    worst = [f"- `{one.workspace}` ({escaped(one.project)}): {wording.duration(one.seconds)}" for one in report.worst]
    return [
        "## Outages",
        "",
        f"Counted: {tally}. Mean time to recover: {mean}.",
        *differ,
        "",
        *table,
        "",
        *(["Workspaces that were down longest:", "", *worst, ""] if worst else []),
    ]


def _maintenance(report: MonthReport) -> list[str]:
    zone = report.contract.zone
    rows = [
        [
            escaped(window.name),
            wording.moment(window.start, zone),
            wording.moment(window.end, zone),
            wording.moment(window.announced, zone) if window.announced else "not recorded",
            wording.duration(seconds),
        ]
        for window, seconds in report.maintenance
    ]
    table = _table(["Maintenance", "Start", "End", "Announced", "In this month"], rows) if rows else ["There was none."]
    left = f"Left out of the measurement: {wording.duration(report.maintenance_seconds)}."
    return ["## Maintenance", "", left, "", *table, ""]


def _audit(report: MonthReport) -> list[str]:
    rules = [f"- {one.first} to {one.last}: `{one.sha256}`" for one in report.rules] or ["- no day was measured"]
    return [
        "## How to compute it again",
        "",
        "SHA-256 of the rule file by which the days were measured:",
        "",
        *rules,
        "",
        "For each day of the month, ask Prometheus these at one millisecond before the day's end (times and lengths of "
        f"all days are in `{report.month.name}.json`; `86400` is the length of the day in seconds) and add up the "
        f"answers. Leave out the namespace `{report.contract.canary_namespace}`.",
        "",
        *(f"- `{query}`" for query in queries.published()),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cell for cell in line)} |" for line in lines]


def escaped(text: str) -> str:
    """Text without a meaning for Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in text)
