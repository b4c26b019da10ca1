"""The outages of single workspaces, read from the series that exists while one lasts.

Its value is the time of the outage's beginning, so the samples of one outage find together whatever lies between them.
How an outage ended is judged as the rules do (docs/service-levels.md), sample by sample.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.service_levels import queries
from services.service_levels.days import Span
from services.service_levels.prometheus import Prometheus, Series, quoted

MOST_SAMPLES = 200_000
"""Samples that one answer may have; 500 workspaces that are down for a quarter of a day have fewer."""

RECOVERED, ASSISTED, ESCALATED, ABANDONED = "recovered", "assisted", "escalated", "abandoned"
MAINTENANCE, UNOBSERVED, ONGOING = "maintenance", "unobserved", "ongoing"


@dataclass(frozen=True)
class Outage:
    """One outage of one workspace, or the part of it that lies in one day.

    Attributes:
        namespace: Its namespace.
        workspace: Its name.
        start: When it was first seen down, seconds since 1970.
        last: When it was last seen down.
        outcome: How it ended, or `ongoing`.
    """

    namespace: str
    workspace: str
    start: float
    last: float
    outcome: str

    @property
    def key(self) -> tuple[str, str, float]:
        """What all parts of an outage have in common."""
        return self.namespace, self.workspace, self.start


@dataclass(frozen=True)
class Judge:
    """What an outage is judged by.

    Attributes:
        prometheus: Knows what came after it.
        interval: Seconds from one evaluation of the rules to the next.
        limit: Seconds in which an outage has to end by itself.
    """

    prometheus: Prometheus
    interval: int
    limit: int

    @property
    def patience(self) -> timedelta:
        """How long after a day its last outages can be judged."""
        return timedelta(seconds=self.limit + 4 * self.interval)

    def judge(self, outage: Outage, now: datetime) -> str:
        """How an outage ended that was last seen at `outage.last`."""
        if outage.last - outage.start > self.limit:
            return ESCALATED
        if now.timestamp() - outage.last < 2 * self.interval:
            return ONGOING
        seconds = self.limit + 3 * self.interval
        until = min(now, datetime.fromtimestamp(outage.last + self.limit + 2 * self.interval, UTC))
        own = f"namespace={quoted(outage.namespace)},workspace={quoted(outage.workspace)}"
        names = "|".join((queries.WORKSPACE, queries.OUTAGE, queries.TOUCHED))
        series = {
            one.labels["__name__"]: one
            for one in self.prometheus.samples(f'{{__name__=~"{names}",{own}}}', seconds + self.limit, until)
        }
        if any(time > outage.last and value == outage.start for time, value in _samples(series, queries.OUTAGE)):
            return ONGOING
        seen = self.prometheus.samples(queries.OBSERVED, seconds, until)
        after = [time for one in seen for time, value in one.samples if time > outage.last and value == 1]
        if not after:
            return UNOBSERVED
        first = min(after)
        if dict(_samples(series, queries.WORKSPACE)).get(first) == 1:
            return self._back(outage, first, _samples(series, queries.TOUCHED))
        return MAINTENANCE if self._in_maintenance(first) else ABANDONED

    def _back(self, outage: Outage, first: float, touched: tuple[tuple[float, float], ...]) -> str:
        """How an outage ended after which the workspace was seen up again at `first`."""
        if first - self.interval - outage.start > self.limit:
            return ESCALATED
        recent = (value for time, value in touched if first - self.limit <= time <= first)
        return ASSISTED if any(value == 1 for value in recent) else RECOVERED

    def _in_maintenance(self, moment: float) -> bool:
        at = datetime.fromtimestamp(moment, UTC)
        return any(value == 1 for value in self.prometheus.vector(queries.MAINTENANCE, at).values())


def _samples(series: dict[str, Series], name: str) -> tuple[tuple[float, float], ...]:
    return series[name].samples if name in series else ()


def outages_of(span: Span, judge: Judge, now: datetime) -> list[Outage]:
    """The outages of a day, and how those ended that ended in it."""
    parts: dict[tuple[str, str, float], Outage] = {}
    for piece in _pieces(span, judge.prometheus):
        for series in judge.prometheus.samples(queries.OUTAGE, piece.seconds, piece.end):
            where = series.labels.get("namespace", ""), series.labels.get("workspace", "")
            for time, start in series.samples:
                parts[(*where, start)] = Outage(*where, start, time, ONGOING)
    return [replace(part, outcome=judge.judge(part, now)) for part in parts.values()]


def _pieces(span: Span, prometheus: Prometheus) -> Iterator[Span]:
    """The span in pieces that one answer can hold."""
    count = sum(prometheus.vector(queries.outage_samples(span.seconds), _just_before(span.end)).values())
    pieces = int(count // MOST_SAMPLES) + 1 if count else 0
    step = timedelta(seconds=-(-span.seconds // max(pieces, 1)))
    for number in range(pieces):
        start = span.start + number * step
        if start < span.end:
            yield Span(start, min(span.end, start + step))


def _just_before(moment: datetime) -> datetime:
    return moment - timedelta(milliseconds=1)


def merged(parts: Iterable[Outage]) -> list[Outage]:
    """Whole outages from the parts of several days, the oldest first.

    The last part knows best; but what was escalated stays so.
    """
    whole: dict[tuple[str, str, float], Outage] = {}
    for part in parts:
        known = whole.get(part.key)
        if known is None or part.last >= known.last:
            escalated = part.outcome == ESCALATED or (known is not None and known.outcome == ESCALATED)
            whole[part.key] = replace(part, outcome=ESCALATED) if escalated else part
    return sorted(whole.values(), key=lambda one: (one.start, one.namespace, one.workspace))
