"""One month of the contract, as plain data: what was promised, what became of it, and how to compute it again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from services.service_levels import queries
from services.service_levels.contract import Contract, Maintenance
from services.service_levels.days import Month, Span
from services.service_levels.history import DayNumbers
from services.service_levels.incidents import lasts
from services.service_levels.indicators import Indicator, credit, indicators
from services.service_levels.opaque import Ids
from services.service_levels.outages import ABANDONED, ASSISTED, ESCALATED, ONGOING, RECOVERED, merged
from services.service_levels.totals import Totals, namespaces, total

WORST = 10
"""How many workspaces are named that were down longest."""
JUDGED = (RECOVERED, ASSISTED, ESCALATED, ABANDONED)


@dataclass(frozen=True)
class Scope:
    """All projects, or one.

    Attributes:
        name: Of the project, or `All projects`.
        totals: What was counted.
        indicators: The four promises.
        credit: Percent of the price to give back, None where it is not decided. None for all projects together.
    """

    name: str
    totals: Totals
    indicators: Sequence[Indicator]
    credit: float | None

    @property
    def mean_time_to_recover(self) -> float | None:
        """Seconds from the beginning to the end of an outage, in the mean, whoever ended it."""
        ended = self.totals.sums["outages_ended"]
        return self.totals.sums["outage_seconds"] / ended if ended else None


@dataclass(frozen=True)
class OutageLine:
    """One outage; `end` is None if it went on when the time ended that was asked for."""

    workspace: str
    project: str
    start: datetime
    end: datetime | None
    seconds: float
    outcome: str


@dataclass(frozen=True)
class WorkspaceLine:
    """A workspace that was down: for how long."""

    workspace: str
    project: str
    seconds: float


@dataclass(frozen=True)
class Rules:
    """A rule file by which days were measured."""

    sha256: str
    first: str
    last: str


@dataclass(frozen=True)
class MonthReport:
    """The report.

    Attributes:
        contract: What was promised.
        month: Which month.
        written: When the report was written.
        until: Up to when it reaches; the month's end, once it is over.
        fleet: All projects together.
        projects: Each project.
        outages: The oldest first.
        worst: Workspaces that were down, the longest first.
        maintenance: Windows that touch the month, and the seconds of each within it.
        rules: Rule files of the month.
        days: What was asked, day by day.
    """

    contract: Contract
    month: Month
    written: datetime
    until: datetime
    fleet: Scope
    projects: Sequence[Scope]
    outages: Sequence[OutageLine]
    worst: Sequence[WorkspaceLine]
    maintenance: Sequence[tuple[Maintenance, float]]
    rules: Sequence[Rules]
    days: Sequence[DayNumbers]

    @property
    def complete(self) -> bool:
        """Whether the month is over."""
        return self.until >= self.month.end

    @property
    def maintenance_seconds(self) -> float:
        """Seconds of maintenance that were left out of the measurement."""
        return sum(day.maintenance * day.interval for day in self.days)

    @property
    def counted(self) -> dict[str, float]:
        """Outages by outcome, as the rules counted them."""
        return {name: self.fleet.totals.sums[name] for name in (RECOVERED, "silent", ASSISTED, ESCALATED, ABANDONED)}

    @property
    def differences(self) -> list[str]:
        """Where the list of outages and the rules' counts differ; both are given, and nothing is made to fit."""
        listed = Counter(line.outcome for line in self.outages)
        return [
            f"{name}: the rules counted {self.counted[name]:.0f}, the list has {listed[name]}"
            for name in JUDGED
            if listed[name] != self.counted[name]
        ]


def month_report(
    contract: Contract, month: Month, days: Sequence[DayNumbers], written: datetime, ids: Ids
) -> MonthReport:
    """Put the report together.

    Args:
        contract: What was promised.
        month: Which month.
        days: Its days, as far as they have begun.
        written: The time.
        ids: Makes the opaque ids.
    """
    until = min(month.end, written)
    users = sorted(namespaces(days, contract.canary_namespace) | set(contract.projects))
    minutes = month.seconds / 60

    def scope(name: str, of: Sequence[str], bands: bool) -> Scope:
        totals = total(days, of)
        found = indicators(totals, contract, minutes)
        available = next(one for one in found if one.id == "availability")
        return Scope(name, totals, found, credit(available, contract.credit_bands) if bands else None)

    whole = Span(month.start, until)
    return MonthReport(
        contract=contract,
        month=month,
        written=written,
        until=until,
        fleet=scope("All projects", users, bands=False),
        projects=[scope(contract.project(namespace), [namespace], bands=True) for namespace in users],
        outages=_outages(contract, days, until, ids),
        worst=_worst(contract, days, ids),
        maintenance=[
            (window, seconds)
            for window in sorted(contract.maintenance, key=lambda one: one.start)
            if (seconds := whole.overlap(Span(window.start, window.end)))
        ],
        rules=_rules(days),
        days=days,
    )


def _outages(contract: Contract, days: Sequence[DayNumbers], until: datetime, ids: Ids) -> list[OutageLine]:
    interval = contract.interval_seconds
    found = []
    for outage in merged(part for day in days for part in day.outages):
        if outage.namespace == contract.canary_namespace:
            continue
        going = lasts(outage, interval, until) or outage.outcome == ONGOING
        start, end = (datetime.fromtimestamp(time, UTC) for time in (outage.start, outage.last + interval))
        seconds = (end - start).total_seconds()
        name = ids.of_workspace(outage.namespace, outage.workspace)
        found.append(
            OutageLine(name, contract.project(outage.namespace), start, None if going else end, seconds, outage.outcome)
        )
    return found


def _worst(contract: Contract, days: Sequence[DayNumbers], ids: Ids) -> list[WorkspaceLine]:
    down: Counter[tuple[str, str]] = Counter()
    for day in days:
        for namespace, names in day.down.items():
            for name, evaluations in names.items():
                down[namespace, name] += int(evaluations * day.interval)
    lines = [
        WorkspaceLine(ids.of_workspace(namespace, name), contract.project(namespace), seconds)
        for (namespace, name), seconds in down.items()
        if namespace != contract.canary_namespace
    ]
    return sorted(lines, key=lambda line: (-line.seconds, line.workspace))[:WORST]


def _rules(days: Sequence[DayNumbers]) -> list[Rules]:
    measured = [day for day in days if day.evaluated]
    found = []
    for sha256, group in groupby(measured, key=lambda day: day.rules):
        run = list(group)
        found.append(Rules(sha256, run[0].date, run[-1].date))
    return found


def asked(day: DayNumbers) -> tuple[str, list[str]]:
    """When the questions of a day are asked, and the questions."""
    at = datetime.fromisoformat(day.until) - timedelta(milliseconds=1)
    return at.isoformat(timespec="milliseconds"), queries.published(day.seconds)
