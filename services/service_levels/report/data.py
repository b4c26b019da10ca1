"""The report for programs: JSON with everything in it, and two CSV files for a spreadsheet."""

import csv
import io
import json
from typing import Any

from services.service_levels import queries
from services.service_levels.report.month import MonthReport, Scope, asked
from services.service_levels.status_page.summary import objective

VERSION = 1


def as_json(report: MonthReport) -> str:
    """Everything, with the sums of each day, so that others can add them up again."""
    contract = report.contract
    content = {
        "version": VERSION,
        "month": report.month.name,
        "time_zone": contract.zone.key,
        "start": report.month.start.isoformat(),
        "end": report.month.end.isoformat(),
        "until": report.until.isoformat(),
        "complete": report.complete,
        "written": report.written.isoformat(),
        "all_projects": _scope(report.fleet, report.maintenance_seconds),
        "projects": [
            _scope(scope, report.maintenance_seconds) | {"credit_percent": scope.credit} for scope in report.projects
        ],
        "outages": [
            {
                "workspace": line.workspace,
                "project": line.project,
                "start": line.start.isoformat(),
                "end": line.end.isoformat() if line.end else None,
                "seconds": line.seconds,
                "outcome": line.outcome,
            }
            for line in report.outages
        ],
        "outages_counted": report.counted,
        "differences": report.differences,
        "longest_down": [
            {"workspace": line.workspace, "project": line.project, "seconds": line.seconds} for line in report.worst
        ],
        "maintenance": {
            "left_out_seconds": report.maintenance_seconds,
            "windows": [
                {
                    "name": window.name,
                    "start": window.start.isoformat(),
                    "end": window.end.isoformat(),
                    "announced": window.announced.isoformat() if window.announced else None,
                    "seconds_in_month": seconds,
                }
                for window, seconds in report.maintenance
            ],
        },
        "credit_bands": [{"below": band.below, "percent": band.percent} for band in contract.credit_bands],
        "audit": {
            "rules": [{"sha256": one.sha256, "first_day": one.first, "last_day": one.last} for one in report.rules],
            "interval_seconds": contract.interval_seconds,
            "canary_namespace": contract.canary_namespace,
            "queries": queries.published(),
            "days": [
                {
                    "date": day.date,
                    "at": asked(day)[0],
                    "seconds": day.seconds,
                    "evaluations": day.evaluations,
                    "evaluated": day.evaluated,
                    "observed": day.observed,
                    "maintenance": day.maintenance,
                    "sums": day.sums,
                }
                for day in report.days
            ],
        },
    }
    return json.dumps(content, indent=1) + "\n"


def _scope(scope: Scope, maintenance: float) -> dict[str, Any]:
    return {
        "name": scope.name,
        "coverage": scope.totals.coverage,
        "objectives": [objective(one) for one in scope.indicators],
        "mean_time_to_recover_seconds": scope.mean_time_to_recover,
        "maintenance_seconds": maintenance,
    }


def as_csv(report: MonthReport) -> str:
    """One line for each promise of each project, and of all together."""
    rows: list[list[object]] = [
        ["month", "scope", "indicator", "value", "unit", "target", "numerator", "denominator", "counted", "lowest",
         "highest", "coverage", "verdict", "reason", "credit_percent"]
    ]  # fmt: skip
    for scope in (report.fleet, *report.projects):
        for one in scope.indicators:
            given = scope.credit if one.id == "availability" else None
            rows.append(
                [report.month.name, scope.name, one.id, one.value, one.unit, one.target, one.numerator,
                 one.denominator, one.counted, one.low, one.high, one.coverage, one.verdict, one.reason, given]
            )  # fmt: skip
    return _written(rows)


def outages_csv(report: MonthReport) -> str:
    """One line for each outage."""
    rows: list[list[object]] = [["workspace", "project", "start", "end", "seconds", "outcome"]]
    rows += [
        [one.workspace, one.project, one.start.isoformat(), one.end.isoformat() if one.end else None, one.seconds,
         one.outcome]
        for one in report.outages
    ]  # fmt: skip
    return _written(rows)


def _written(rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
