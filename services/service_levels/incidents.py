"""Incidents: outages of single workspaces that belong together, as users see them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.service_levels.opaque import Ids
from services.service_levels.outages import ABANDONED, ASSISTED, ESCALATED, Outage

GAP_SECONDS = 300
"""Outages with less than this between them are one incident."""
WIDE = 0.5
"""Share of the awake workspaces from which an incident is critical."""


@dataclass(frozen=True)
class Incident:
    """Outages that overlap or follow each other at once.

    Attributes:
        id: Of the incident: the time of its beginning.
        start: When the first workspace was seen down.
        end: When the last one was back; None while one is down.
        workspaces: Opaque ids of those that were down.
        outcomes: How many outages ended how.
        longest: Seconds of the longest outage.
        impact: minor, major or critical.
    """

    id: str
    start: datetime
    end: datetime | None
    workspaces: tuple[str, ...]
    outcomes: Mapping[str, int]
    longest: float
    impact: str


def lasts(outage: Outage, interval: int, until: datetime) -> bool:
    """Whether an outage was still going on at the last moment that was asked for."""
    return until.timestamp() - outage.last < 2 * interval


def incidents(outages: Iterable[Outage], interval: int, until: datetime, ids: Ids, awake: float) -> list[Incident]:
    """Group outages into incidents, the newest first.

    Args:
        outages: Whole ones.
        interval: Seconds from one evaluation to the next: an outage ends this long after it was last seen.
        until: The last moment that was asked for.
        ids: Makes the opaque ids.
        awake: How many workspaces are awake on average.
    """
    groups: list[list[Outage]] = []
    latest = float("-inf")
    for outage in sorted(outages, key=lambda one: one.start):
        if groups and outage.start - latest <= GAP_SECONDS:
            groups[-1].append(outage)
        else:
            groups.append([outage])
        latest = max(latest, outage.last + interval)
    return [_incident(group, interval, until, ids, awake) for group in reversed(groups)]


def _incident(group: list[Outage], interval: int, until: datetime, ids: Ids, awake: float) -> Incident:
    names = sorted({(one.namespace, one.workspace) for one in group})
    outcomes = Counter(one.outcome for one in group)
    going = any(lasts(one, interval, until) for one in group)
    end = None if going else datetime.fromtimestamp(max(one.last for one in group) + interval, UTC)
    needed_help = any(outcomes[outcome] for outcome in (ESCALATED, ABANDONED, ASSISTED))
    wide = len(names) > 1 and len(names) >= WIDE * awake
    return Incident(
        id=datetime.fromtimestamp(group[0].start, UTC).strftime("%Y%m%dT%H%M%SZ"),
        start=datetime.fromtimestamp(group[0].start, UTC),
        end=end,
        workspaces=tuple(ids.of_workspace(*name) for name in names),
        outcomes=dict(outcomes),
        longest=max(one.last + interval - one.start for one in group),
        impact="critical" if wide else "major" if needed_help else "minor",
    )
