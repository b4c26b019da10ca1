"""Durations (`15m`) and cron schedules (`0 8 * * 1-5`), as Karpenter and the pods' annotations write them."""

import re
from typing import Annotated

from settings.base import Rule, text
from settings.errors import Refusal

_DURATION = re.compile(r"([0-9]{1,6}[hms])+")
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}
_MACROS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)


def seconds(duration: str) -> int:
    """The length of an accepted duration in seconds."""
    return sum(int(number) * _UNIT_SECONDS[unit] for number, unit in re.findall(r"([0-9]+)([hms])", duration))


def duration(value: object, units: str = "hms") -> str:
    """Accepts a duration: whole numbers with the units h, m and s, such as 15m or 1h30m.

    Args:
        value: What was given.
        units: The units that are allowed.

    Raises:
        Refusal: When it is something else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Refusal("has no unit", "add one: h for hours, m for minutes")
    given = text(value)
    if not _DURATION.fullmatch(given):
        days = re.fullmatch(r"([0-9]{1,4})\s*d(ays?)?", given)
        raise Refusal("is not a duration", f"write {int(days[1]) * 24}h" if days else "write it like 15m or 24h")
    if not set(given) <= set("0123456789" + units):
        raise Refusal("has seconds, which are not allowed here", "write whole minutes or hours")
    return given


def cron(value: object) -> str:
    """Accepts a cron schedule: five fields (minute, hour, day, month, weekday; UTC) or @daily and the like.

    Raises:
        Refusal: When it is something else; names the field.
    """
    given = text(value)
    if given in _MACROS:
        return given
    parts = given.split()
    if len(parts) != len(_FIELDS):
        raise Refusal(
            f"has {len(parts)} fields instead of five", 'write it like "0 8 * * 1-5" (08:00, Monday to Friday)'
        )
    for part, (name, low, high, words) in zip(parts, _FIELDS, strict=True):
        if not all(_cron_item(item, low, high, words) for item in part.split(",")):
            raise Refusal(f"has a wrong {name}", f"write * or values from {low} to {high} for the {name}")
    return " ".join(parts)


def _cron_item(item: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    span, slash, step = item.partition("/")
    if slash and not (re.fullmatch(r"[0-9]{1,3}", step) and int(step) > 0):
        return False
    if span in ("*", "?"):
        return True
    ends = [_cron_value(end, low, high, words) for end in span.split("-")]
    if len(ends) > 2 or None in ends:
        return False
    return ends == sorted(end for end in ends if end is not None)


def _cron_value(word: str, low: int, high: int, words: tuple[str, ...]) -> int | None:
    if word.lower() in words:
        return words.index(word.lower()) + low
    if re.fullmatch(r"[0-9]{1,2}", word) and low <= int(word) <= high:
        return int(word)
    return None


Duration = Annotated[
    str,
    Rule(
        duration,
        "duration",
        "a duration such as 30s, 15m or 1h30m",
        {"type": "string", "pattern": "^([0-9]+[hms])+$"},
    ),
]
Minutes = Annotated[
    str,
    Rule(
        lambda value: duration(value, "hm"),
        "duration",
        "a duration of hours and minutes such as 45m or 8h",
        {"type": "string", "pattern": "^([0-9]+[hm])+$"},
    ),
]
Cron = Annotated[
    str,
    Rule(
        cron,
        "cron schedule",
        "five fields: minute, hour, day, month, weekday (UTC), or @daily, @weekly and the like",
        {"type": "string"},
    ),
]
