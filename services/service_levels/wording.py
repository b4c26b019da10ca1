"""Numbers and times as people read them. A number is never rounded up to a target that it missed."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from services.service_levels.indicators import TOO_LITTLE, Indicator

NO_DATA = "no data"


def percent(value: float | None) -> str:
    """A percentage with up to three digits, cut off: 99.8999 is 99.899 %."""
    if value is None:
        return NO_DATA
    cut = math.floor(value * 1000 + 1e-6) / 1000
    return f"{cut:.3f}".rstrip("0").rstrip(".") + "\u00a0%"


def seconds(value: float | None) -> str:
    """Seconds with one digit, rounded up: 30.01 is 30.1 s."""
    if value is None:
        return NO_DATA
    return f"{math.ceil(value * 10 - 1e-6) / 10:.1f}".removesuffix(".0") + "\u00a0s"


def number(value: float) -> str:
    """A count, with a thin gap between thousands."""
    whole = math.isclose(value, round(value), abs_tol=1e-6)
    return f"{value:,.0f}".replace(",", "\u202f") if whole else f"{value:,.1f}".replace(",", "\u202f")


def duration(value: float) -> str:
    """A length of time in its two greatest units: 1 h 4 min."""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    parts = [(whole // 86400, "d"), (whole % 86400 // 3600, "h"), (whole % 3600 // 60, "min"), (whole % 60, "s")]
    first = next(index for index, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A time: 26 Nov 2026, 14:05 CET."""
    local = value.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local:%Z}"


def day(value: datetime, zone: ZoneInfo) -> str:
    """A day: 26 Nov 2026."""
    local = value.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def clock(value: datetime, zone: ZoneInfo) -> str:
    """A time of the day: 14:05."""
    return f"{value.astimezone(zone):%H:%M}"


def value(indicator: Indicator) -> str:
    """What was measured."""
    return (percent if indicator.unit == "percent" else seconds)(indicator.value)


def target(indicator: Indicator) -> str:
    """What is promised."""
    return f"at least {percent(indicator.target)}" if indicator.unit == "percent" else f"at most {indicator.target:g} s"


def budget(indicator: Indicator) -> str:
    """How much of the budget is used: 12 of 43 minutes used."""
    spent = indicator.budget
    if spent is None:
        return f"mean of {plural(indicator.denominator, 'start', 'starts')}" if indicator.denominator else NO_DATA
    if not indicator.denominator:
        return NO_DATA
    if spent.unit == "minutes":
        used = math.ceil(spent.used - 1e-6)
        return f"{used} of {math.floor(spent.allowed)} minutes used"
    if spent.unit == "failed starts":
        return f"{number(spent.used)} of {number(spent.allowed)} failed starts used"
    return f"{number(indicator.numerator)} of {number(indicator.denominator)} outages healed themselves"


def verdict(indicator: Indicator) -> str:
    """The verdict, and why there is none."""
    return f"{TOO_LITTLE}: {indicator.reason}" if indicator.reason else indicator.verdict


def plural(count: float, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{number(count)} {one if count == 1 else many}"
