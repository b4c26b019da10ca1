"""What is on the status page, as plain data; nothing in it names a user, a workspace or a project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.service_levels import wording
from services.service_levels.contract import Contract, Maintenance
from services.service_levels.days import days_before, month_of
from services.service_levels.history import DayNumbers
from services.service_levels.incidents import Incident, incidents
from services.service_levels.indicators import Indicator, indicators
from services.service_levels.notes import Note
from services.service_levels.opaque import Ids
from services.service_levels.outages import merged
from services.service_levels.status_page import bars as daily
from services.service_levels.status_page.now import (
    DEGRADED,
    DOWN,
    IN_MAINTENANCE,
    PARTLY_DOWN,
    STATES,
    UNKNOWN,
    WORKS,
    State,
)
from services.service_levels.totals import Totals, namespaces, total

DAYS = 90
PAST_DAYS = 30
"""How far back incidents and maintenance are listed."""
_RANK = (WORKS, IN_MAINTENANCE, DEGRADED, PARTLY_DOWN, DOWN)
_OF_NOTE = {"none": WORKS, "minor": DEGRADED, "major": PARTLY_DOWN, "critical": DOWN}
_OVERALL = {
    WORKS: "All workspaces work",
    DEGRADED: "Most workspaces work, some are disturbed",
    PARTLY_DOWN: "Workspaces are disturbed",
    DOWN: "Workspaces are down",
    IN_MAINTENANCE: "Maintenance is going on",
    UNKNOWN: "Workspaces are not observed at the moment",
}
NAMES = {
    "run": ("Running workspaces", "Workspaces that are awake and used"),
    "start": ("Starts", "Opening a workspace, or waking one that sleeps"),
    "answer": ("JupyterLab and SSH", "Both are asked in each workspace that is awake"),
    "canary": ("Test workspace", "A program starts it and works in it, all the time"),
}


@dataclass(frozen=True)
class Component:
    """One line of the page."""

    id: str
    name: str
    purpose: str
    now: State
    share: float | None
    bars: Sequence[daily.Bar]

    @property
    def state_name(self) -> str:
        """Its state in words."""
        return STATES[self.now.state]


@dataclass(frozen=True)
class Page:
    """The page.

    Attributes:
        contract: What is promised.
        written: When the page was written.
        every: Minutes after which there is a new one.
        state: The worst of all components.
        headline: That in words.
        components: The parts of the service.
        month: Month to date: its totals.
        indicators: The four promises in the month to date.
        incidents: From the outages, the newest first.
        notes: Written by hand, the newest first.
        coming: Maintenance that is announced or going on, the next first.
        past: Maintenance that was, the newest first.
        last_days: What the incidents and the observed share rest on.
    """

    contract: Contract
    written: datetime
    every: int
    state: str
    headline: str
    components: Sequence[Component]
    month: Totals
    indicators: Sequence[Indicator]
    incidents: Sequence[Incident]
    notes: Sequence[Note]
    coming: Sequence[Maintenance]
    past: Sequence[Maintenance]
    last_days: Totals

    @property
    def open_incidents(self) -> list[Incident]:
        """Those that go on."""
        return [one for one in self.incidents if one.end is None]

    @property
    def stale_after(self) -> timedelta:
        """Age from which the page says that it is out of date."""
        return timedelta(minutes=3 * self.every)


def page(
    contract: Contract,
    days: Sequence[DayNumbers],
    now: Mapping[str, State],
    notes: Sequence[Note],
    *,
    written: datetime,
    every: int,
    ids: Ids,
) -> Page:
    """Put the page together.

    Args:
        contract: What is promised.
        days: The last days, the oldest first; the last one is today.
        now: State of each component.
        notes: Written by hand.
        written: The time.
        every: Minutes after which there is a new page.
        ids: Makes the opaque ids.
    """
    month = month_of(written, contract.zone)
    in_month = {day.date.isoformat() for day in month.days}
    users = namespaces(days, contract.canary_namespace)
    to_date = total([day for day in days if day.date in in_month], users)
    since = written - timedelta(days=PAST_DAYS)
    oldest = days_before(written, PAST_DAYS, contract.zone)[0].date.isoformat()
    recent = [day for day in days if day.date >= oldest]
    last_days = total(recent, users)
    outages = [
        one
        for one in merged(part for day in recent for part in day.outages)
        if one.namespace != contract.canary_namespace
    ]
    awake = last_days.sums["eligible"] / last_days.observed if last_days.observed else 0.0
    recent_notes = [note for note in notes if (note.end or written) >= since]
    worst = _worst(now, notes, written)
    return Page(
        contract=contract,
        written=written,
        every=every,
        state=worst,
        headline=_OVERALL[worst],
        components=_components(contract, days, now, users),
        month=to_date,
        indicators=indicators(to_date, contract, month.seconds / 60),
        incidents=incidents(outages, contract.interval_seconds, written, ids, awake),
        notes=recent_notes,
        coming=sorted((one for one in contract.maintenance if one.end > written), key=lambda one: one.start),
        past=sorted(
            (one for one in contract.maintenance if since <= one.end <= written),
            key=lambda one: one.start,
            reverse=True,
        ),
        last_days=last_days,
    )


def _worst(now: Mapping[str, State], notes: Sequence[Note], written: datetime) -> str:
    """State of the whole: that nobody sees workspaces matters; that nobody started one for an hour does not."""
    if now["run"].state == UNKNOWN:
        return UNKNOWN
    states = [component.state for component in now.values() if component.state != UNKNOWN]
    return max([*states, *(_OF_NOTE[note.impact] for note in notes if _open(note, written))], key=_RANK.index)


def _open(note: Note, at: datetime) -> bool:
    return note.start <= at and (note.end is None or note.end > at)


def _components(
    contract: Contract, days: Sequence[DayNumbers], now: Mapping[str, State], users: set[str]
) -> list[Component]:
    promised, canary = contract.objectives, {contract.canary_namespace}
    starts = (("starts_good",), ("starts_good", "starts_failed"), promised.start_success)
    failed = "{bad} of {count} starts failed"
    measures = {
        "run": (
            daily.Measure(("available",), ("eligible",), promised.availability, "{bad} of workspace time down"),
            users,
        ),
        "start": (daily.Measure(*starts, failed), users),
        "answer": (
            daily.Measure(("answered",), ("probed",), promised.availability, "{bad} of {count} unanswered"),
            users,
        ),
        "canary": (daily.Measure(*starts, failed), canary),
    }
    found = []
    for name, (measure, of) in measures.items():
        if name not in now:
            continue
        bars = [daily.bar(day, measure, of) for day in days]
        good = sum(daily.amount(day, measure.good, of) for day in days)
        count = sum(daily.amount(day, measure.all, of) for day in days)
        found.append(Component(name, *NAMES[name], now[name], 100 * good / count if count else None, bars))
    return found


def used(maintenance: Maintenance) -> str:
    """Length of a window, in words."""
    return wording.duration((maintenance.end - maintenance.start).total_seconds())
