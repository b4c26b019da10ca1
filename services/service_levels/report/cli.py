"""The command `report`: writes the report of a calendar month."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.service_levels import command, queries, wording
from services.service_levels.contract import Contract, read_contract
from services.service_levels.days import Month, last_month, month, month_of
from services.service_levels.definitions import definitions
from services.service_levels.errors import ServiceLevelsError
from services.service_levels.history import History, current_time, write
from services.service_levels.opaque import Ids
from services.service_levels.pages import render
from services.service_levels.prometheus import Prometheus
from services.service_levels.report.data import as_csv, as_json, outages_csv
from services.service_levels.report.markdown import OUTCOMES, as_markdown, counted, given_back, recovery, unseen_starts
from services.service_levels.report.month import MonthReport, month_report

PURPOSE = (
    "Write the report of a calendar month as Markdown, HTML, JSON and CSV. Days that are over are asked for once and "
    "kept, so it can be stopped and run again, and again when Prometheus has forgotten them."
)


def main(arguments: Sequence[str]) -> int:
    """Run the command; its exit code."""
    parser = command.parser("report", PURPOSE)
    parser.add_argument(
        "--month", default="last", metavar="MONTH", help="such as 2026-10, or `current`, or `last` (the default)"
    )
    options = parser.parse_args(arguments)
    return command.guarded(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    contract, ids, written = read_contract(options.contract), Ids.of(options.id_key_file), current_time()
    which = _month(options.month, contract, written)
    prometheus = Prometheus(options.prometheus, token_file=options.token_file, authority=options.authority)
    begun = [day for day in which.days if day.start < written]
    days = History(options.data, contract).numbers(begun, prometheus, written, command.tell)
    report = month_report(contract, which, days, written, ids)
    write_report(report, options.output)
    for one in report.fleet.indicators:
        print(f"{one.name}: {wording.value(one)}, promised {wording.target(one)}; {wording.verdict(one)}")
    print(options.output / f"{which.name}.html")
    sys.stdout.flush()
    return 0


def _month(name: str, contract: Contract, now: datetime) -> Month:
    named = {"last": last_month, "current": month_of}
    found = named[name](now, contract.zone) if name in named else month(name, contract.zone)
    if found.start >= now:
        raise ServiceLevelsError(f"{found.name} has not begun")
    return found


def write_report(report: MonthReport, folder: Path) -> None:
    """Write all files of a report."""
    name = report.month.name
    write(folder / f"{name}.json", as_json(report))
    write(folder / f"{name}.csv", as_csv(report))
    write(folder / f"{name}-outages.csv", outages_csv(report))
    write(folder / f"{name}.md", as_markdown(report))
    write(folder / f"{name}.html", as_html(report))


def as_html(report: MonthReport) -> str:
    """The report as HTML."""
    return render(
        "report.html.j2",
        report.contract.zone,
        report=report,
        definitions=definitions(report.contract),
        outcomes=OUTCOMES,
        unseen=unseen_starts(report),
        asked=queries.published(),
        filters={"counted": counted, "recovery": recovery, "given_back": given_back},
    )
