"""Windows of maintenance as Alertmanager's time intervals, which know days and minutes but no instants."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

_MINUTE = 60


def time_intervals(windows: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """One interval for each day (UTC) that a window touches.

    Args:
        windows: Start and end in seconds since 1970; they are widened to whole minutes.
    """
    return [_interval(*piece) for start, end in windows for piece in _days(start, end)]


def _days(start: int, end: int) -> Iterator[tuple[datetime, str, str]]:
    first = datetime.fromtimestamp(start - start % _MINUTE, UTC)
    last = datetime.fromtimestamp(end + -end % _MINUTE, UTC)
    while first < last:
        midnight = first.replace(hour=0, minute=0) + timedelta(days=1)
        until = min(midnight, last)
        yield first, f"{first:%H:%M}", "24:00" if until == midnight else f"{until:%H:%M}"
        first = until


def _interval(day: datetime, start: str, end: str) -> dict[str, Any]:
    return {
        "times": [{"start_time": start, "end_time": end}],
        "days_of_month": [str(day.day)],
        "months": [str(day.month)],
        "years": [str(day.year)],
        "location": "UTC",
    }
