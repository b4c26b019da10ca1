"""Ninety daily bars. What a bar says it says by its height and pattern too, not by its colour alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.service_levels import wording
from services.service_levels.history import DayNumbers

GOOD, SOME, BAD, NONE, MAINTENANCE = "good", "some", "bad", "none", "maintenance"
WORDS = {
    GOOD: "no failure",
    SOME: "failures within the target",
    BAD: "target missed",
    NONE: "not observed",
    MAINTENANCE: "maintenance",
}
LEAST_COVERAGE = 0.5
"""Share of a day that must have been observed for a bar that is not grey."""


@dataclass(frozen=True)
class Bar:
    """One day.

    Attributes:
        date: The day.
        state: One of the keys of `WORDS`.
        text: What happened, for people.
    """

    date: date
    state: str
    text: str


@dataclass(frozen=True)
class Measure:
    """How a component is measured: what is good, out of what, and which share has to be.

    Attributes:
        good: Names of sums that are good.
        all: Names of sums that make the whole.
        target: Percent.
        text: Says what the numbers of a day are, with `{bad}` and `{count}`.
        namespaces: None for those of users, or the names.
    """

    good: tuple[str, ...]
    all: tuple[str, ...]
    target: float
    text: str


def amount(day: DayNumbers, names: Sequence[str], namespaces: set[str]) -> float:
    """A number of one day: the sum of some names in some namespaces."""
    return sum(day.sums.get(name, {}).get(namespace, 0.0) for name in names for namespace in namespaces)


def bar(day: DayNumbers, measure: Measure, namespaces: set[str]) -> Bar:
    """The bar of one day."""
    of = date.fromisoformat(day.date)
    good, count = amount(day, measure.good, namespaces), amount(day, measure.all, namespaces)
    bad = count - good
    coverage = min(1.0, day.observed / day.evaluations) if day.evaluations else 0.0
    if coverage < LEAST_COVERAGE and not bad:
        part = f", {coverage:.0%} of the day".replace("%", " %") if coverage else ""
        return Bar(of, NONE, WORDS[NONE] if not part else f"observed too little{part}")
    if bad:
        state = SOME if bad <= count * (100 - measure.target) / 100 + 1e-9 * count else BAD
        return Bar(of, state, measure.text.format(bad=_amount(bad, measure, day), count=wording.number(count)))
    if day.maintenance:
        return Bar(of, MAINTENANCE, f"{wording.duration(day.maintenance * day.interval)} of maintenance")
    if not count:
        return Bar(of, NONE, "nothing to observe")
    return Bar(of, GOOD, WORDS[GOOD])


def _amount(bad: float, measure: Measure, day: DayNumbers) -> str:
    return wording.duration(bad * day.interval) if measure.good == ("available",) else wording.number(bad)


def described(bars: Sequence[Bar]) -> str:
    """All bars in one sentence, for those who do not see them."""
    counts = [(sum(bar.state == state for bar in bars), word) for state, word in WORDS.items()]
    parts = [f"{count} {'day' if count == 1 else 'days'} {word}" for count, word in counts if count]
    return f"The last {len(bars)} days: {', '.join(parts)}."
