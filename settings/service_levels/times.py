"""Times: zones, instants with an offset, and lengths of time as Prometheus writes them."""

import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from settings.base import Rule, text
from settings.errors import Refusal

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_LENGTH = re.compile(r"([0-9]{1,5})([dhms])")
MONTH_SECONDS = 30 * _UNITS["d"]
"""The rolling window of error budgets; Prometheus keeps more than that."""


def time_zone(value: object) -> str:
    """Accepts the name of a time zone as the IANA data base has it.

    Raises:
        Refusal: When there is none of that name.
    """
    given = text(value)
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal("is not a time zone", "write UTC, or continent and city such as Europe/Berlin") from None
    return given


def instant(value: object) -> str:
    """Accepts a date and time with an offset from UTC, such as 2026-12-05T22:00:00+01:00.

    Raises:
        Refusal: When it is something else, or has no offset: it would mean another moment in every time zone.
    """
    if isinstance(value, datetime):
        raise Refusal("is read by YAML as a date", "put it in quotes")
    given = text(value)
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise Refusal("is not a date and time", "write it like 2026-12-05T22:00:00+01:00") from None
    if found.tzinfo is None:
        raise Refusal("has no offset from UTC", f"append one, such as {given[:30]}+01:00, or Z for UTC")
    return given


def unix(instant: str) -> int:
    """An accepted date and time in seconds since 1970, UTC."""
    return int(datetime.fromisoformat(instant).timestamp())


def length(value: object) -> str:
    """Accepts a length of time of one unit and spells it with the greatest that fits: 72h becomes 3d.

    Raises:
        Refusal: When it is something else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Refusal("has no unit", "add one: s, m, h or d")
    match = _LENGTH.fullmatch(text(value))
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not seconds:
        raise Refusal("is not a length of time", "write a whole number and one unit, such as 30s, 5m, 6h or 3d")
    unit = next(unit for unit, factor in _UNITS.items() if seconds % factor == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def seconds_of(length: str) -> int:
    """An accepted length of time in seconds."""
    return int(length[:-1]) * _UNITS[length[-1]]


def between(least: str, most: str, why: str) -> Rule:
    """A rule for lengths of time from `least` to `most`; `why` explains the bounds."""
    allowed = f"a length of time from {least} to {most}: {why}"

    def parse(value: object) -> str:
        found = length(value)
        if seconds_of(found) < seconds_of(least):
            raise Refusal(f"is under {least}: {why}", f"write {least} or more")
        if seconds_of(found) > seconds_of(most):
            raise Refusal(f"is over {most}: {why}", f"write {most} or less")
        return found

    return Rule(parse, "length of time", allowed, {"type": "string", "pattern": "^[0-9]+[dhms]$"})


TimeZone = Annotated[
    str,
    Rule(time_zone, "time zone", "UTC, or a name of the IANA data base such as Europe/Berlin", {"type": "string"}),
]
Instant = Annotated[
    str,
    Rule(
        instant,
        "date and time",
        "a date and time with its offset from UTC, such as 2026-12-05T22:00:00+01:00, in quotes",
        {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+(Z|[+-][0-9:]+)$"},
    ),
]
