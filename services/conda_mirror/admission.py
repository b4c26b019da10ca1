"""Which packages a solver may consider at all: filters for licence, age and the like."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from services.conda_mirror.records import Record

Admit = Callable[[Record], bool]


def older_than(limit: datetime | timedelta | None) -> Admit | None:
    """Admit packages built until a time, or of at least an age; those without a build time are not."""
    if limit is None:
        return None
    moment = datetime.now(UTC) - limit if isinstance(limit, timedelta) else limit
    cutoff = moment.timestamp() * 1000
    return lambda record: record.timestamp is not None and record.timestamp <= cutoff


def both(one: Admit | None, other: Admit | None) -> Admit | None:
    """Admit what both filters do; None admits everything."""
    if one is None or other is None:
        return one or other
    return lambda record: one(record) and other(record)
