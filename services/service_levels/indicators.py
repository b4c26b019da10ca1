"""The four promises against what was counted: value, verdict, budget. `No data` is never 100 %."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.service_levels.contract import Contract, CreditBand
from services.service_levels.totals import Totals

MET, MISSED, TOO_LITTLE = "met", "missed", "too little data"
LEAST_COVERAGE = 0.9
"""Share of the time that must have been observed for a verdict that does not hold either way."""
LEAST_EVENTS = 10
"""Starts, or outages, below which there is no verdict: of nine outages one alone is more than 10 %."""
Z = 1.96
"""Of the normal distribution, for an interval of 95 %."""


@dataclass(frozen=True)
class Budget:
    """How much of what may go wrong has gone wrong."""

    used: float
    allowed: float
    unit: str

    @property
    def share(self) -> float:
        """Used share, 0 to 1 and beyond."""
        if self.allowed > 0:
            return self.used / self.allowed
        return 0.0 if self.used == 0 else math.inf


@dataclass(frozen=True)
class Indicator:
    """One promise and what became of it.

    Attributes:
        id: start_success, cold_start, availability or self_healing.
        name: For people.
        unit: percent or seconds.
        target: What is promised.
        value: What was measured, or None without data.
        numerator: What was counted.
        denominator: Out of what.
        counted: What both count, such as "starts".
        low: The lowest value that fits what was seen.
        high: The highest value that does.
        verdict: met, missed or too little data.
        reason: Why there is no verdict.
        coverage: Share of the time that was observed.
        budget: None for the mean.
    """

    id: str
    name: str
    unit: str
    target: float
    value: float | None
    numerator: float
    denominator: float
    counted: str
    low: float | None
    high: float | None
    verdict: str
    reason: str
    coverage: float
    budget: Budget | None


def indicators(totals: Totals, contract: Contract, minutes: float) -> tuple[Indicator, ...]:
    """The four promises.

    Args:
        totals: What was counted.
        contract: What was promised.
        minutes: Length of the whole period, of which a part may be used up.
    """
    return (
        _starts(totals, contract),
        _cold_start(totals, contract),
        _availability(totals, contract, minutes),
        _healing(totals, contract),
    )


def _starts(totals: Totals, contract: Contract) -> Indicator:
    target = contract.objectives.start_success
    good, count = totals.sums["starts_good"], totals.starts
    verdict, reason = _events(good, count, target, totals.coverage, "starts")
    low, high = interval(good, count)
    budget = Budget(totals.sums["starts_failed"], math.floor(_room(target, count)), "failed starts")
    return Indicator(
        "start_success", "Starts that succeed", "percent", target, _percent(good, count), good, count, "starts",
        low, high, verdict, reason, totals.coverage, budget,
    )  # fmt: skip


def _healing(totals: Totals, contract: Contract) -> Indicator:
    target = contract.objectives.self_healing
    count = totals.healed + totals.unhealed
    verdict, reason = _events(totals.healed, count, target, totals.coverage, "outages")
    low, high = interval(totals.healed, count)
    budget = Budget(totals.unhealed, math.floor(_room(target, count)), "outages that needed a person")
    return Indicator(
        "self_healing", "Outages that heal themselves", "percent", target, _percent(totals.healed, count),
        totals.healed, count, "outages", low, high, verdict, reason, totals.coverage, budget,
    )  # fmt: skip


def _cold_start(totals: Totals, contract: Contract) -> Indicator:
    target = contract.objectives.cold_start_seconds
    seconds, count = totals.sums["start_seconds"], totals.sums["starts_good"]
    value = seconds / count if count else None
    verdict, reason = _enough(count, totals.coverage, "successful starts")
    if value is not None and not reason:
        verdict = MET if value <= target else MISSED
    return Indicator(
        "cold_start", "Time that a start takes", "seconds", target, value, seconds, count, "seconds in starts",
        None, None, verdict, reason, totals.coverage, None,
    )  # fmt: skip


def _availability(totals: Totals, contract: Contract, minutes: float) -> Indicator:
    target = contract.objectives.availability
    up, count = totals.sums["available"], totals.sums["eligible"]
    low, high = _percent(up, count + totals.unseen), _percent(up + totals.unseen, count + totals.unseen)
    reason = ""
    if not count:
        verdict, reason = TOO_LITTLE, "no workspace was seen awake"
    elif _holds(up, count + totals.unseen, target):
        verdict = MET
    elif not _holds(up + totals.unseen, count + totals.unseen, target):
        verdict = MISSED
    elif totals.coverage < LEAST_COVERAGE:
        verdict, reason = TOO_LITTLE, _blind(totals.coverage)
    else:
        verdict = MET if _holds(up, count, target) else MISSED
    used = totals.down / count * totals.counted_seconds / 60 if count else 0.0
    return Indicator(
        "availability", "Time that workspaces are available", "percent", target, _percent(up, count), up, count,
        "workspaces times evaluations", low, high, verdict, reason, totals.coverage,
        Budget(used, minutes * (100 - target) / 100, "minutes"),
    )  # fmt: skip


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _room(target: float, count: float) -> float:
    """How many of `count` may fail. The little more is for targets such as 99.9, which binary fractions only near."""
    return count * (100 - target) / 100 + 1e-9 * count


def _holds(good: float, count: float, target: float) -> bool:
    return count - good <= _room(target, count)


def _events(good: float, count: float, target: float, coverage: float, what: str) -> tuple[str, str]:
    verdict, reason = _enough(count, coverage, what)
    return (verdict, reason) if reason else (MET if _holds(good, count, target) else MISSED, "")


def _enough(count: float, coverage: float, what: str) -> tuple[str, str]:
    if not count:
        return TOO_LITTLE, f"no {what}"
    if count < LEAST_EVENTS:
        return TOO_LITTLE, f"{count:.0f} of the {LEAST_EVENTS} {what} that are needed"
    if coverage < LEAST_COVERAGE:
        return TOO_LITTLE, _blind(coverage)
    return "", ""


def _blind(coverage: float) -> str:
    return f"{math.floor(coverage * 100)} % of the time was observed, {LEAST_COVERAGE * 100:.0f} % are needed"


def interval(good: float, count: float) -> tuple[float | None, float | None]:
    """Percentages between which the true one lies in 19 of 20 cases (Wilson's interval); few events say little."""
    if not count:
        return None, None
    share, square = good / count, Z * Z
    centre = share + square / (2 * count)
    half = Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return 100 * (centre - half) / (1 + square / count), 100 * (centre + half) / (1 + square / count)


def credit(availability: Indicator, bands: Sequence[CreditBand]) -> float | None:
    """Percent of the month's price to give back, or None where too little is known to say so."""
    if availability.verdict == TOO_LITTLE or availability.value is None:
        return None
    total = availability.denominator
    return max(
        (band.percent for band in bands if not _holds(availability.numerator, total, band.below)),
        default=0.0,
    )
