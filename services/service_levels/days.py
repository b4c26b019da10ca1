"""Days and months of the contract's time zone. A day has 23 or 25 hours when the clocks change."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.service_levels.errors import ServiceLevelsError

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Span:
    """A time from `start` up to, and without, `end`; both in UTC."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """How long it is."""
        return int((self.end - self.start).total_seconds())

    def until(self, moment: datetime) -> "Span":
        """The part of it that is over at a moment."""
        return Span(self.start, max(self.start, min(self.end, moment)))

    def overlap(self, other: "Span") -> float:
        """Seconds that both have in common."""
        return max(0.0, (min(self.end, other.end) - max(self.start, other.start)).total_seconds())


@dataclass(frozen=True)
class Day(Span):
    """One day of the calendar."""

    date: date


def midnight(of: date, zone: ZoneInfo) -> datetime:
    """When a day begins, in UTC. Where clocks go forward at midnight that is the first moment that exists."""
    return datetime(of.year, of.month, of.day, tzinfo=zone).astimezone(UTC)


def day(of: date, zone: ZoneInfo) -> Day:
    """One day."""
    return Day(midnight(of, zone), midnight(of + timedelta(days=1), zone), of)


def days_before(moment: datetime, count: int, zone: ZoneInfo) -> list[Day]:
    """The last days up to and with that of a moment, the oldest first."""
    today = moment.astimezone(zone).date()
    return [day(today - timedelta(days=back), zone) for back in reversed(range(count))]


@dataclass(frozen=True)
class Month(Span):
    """One month of the calendar, with its days."""

    name: str
    days: tuple[Day, ...]


def month(name: str, zone: ZoneInfo) -> Month:
    """A month by its name, such as 2026-10.

    Raises:
        ServiceLevelsError: The name is not one.
    """
    match = _MONTH.fullmatch(name)
    if not match or int(match[1]) < 1970:
        raise ServiceLevelsError(f"`{name}` is not a month; write year and month, such as 2026-10")
    first = date(int(match[1]), int(match[2]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    days = tuple(day(first + timedelta(days=number), zone) for number in range((following - first).days))
    return Month(days[0].start, days[-1].end, name, days)


def month_of(moment: datetime, zone: ZoneInfo) -> Month:
    """The month that a moment is in."""
    return month(moment.astimezone(zone).strftime("%Y-%m"), zone)


def last_month(moment: datetime, zone: ZoneInfo) -> Month:
    """The newest month that is over."""
    first = moment.astimezone(zone).date().replace(day=1)
    return month((first - timedelta(days=1)).strftime("%Y-%m"), zone)
