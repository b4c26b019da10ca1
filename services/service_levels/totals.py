"""Sums over days and namespaces. Numerators and denominators are added; nothing that is an average already is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.service_levels.history import DayNumbers
from services.service_levels.queries import SUMS


@dataclass(frozen=True)
class Totals:
    """What was counted for some namespaces in some days.

    Attributes:
        sums: As in `queries.SUMS`.
        unseen: Workspaces times evaluations that nobody saw: how many there were before and after is known.
        evaluations: Evaluations that there should have been.
        observed: Those in which there was something to see.
        maintenance: Those in maintenance.
        interval: Seconds of one evaluation; of the last day.
    """

    sums: dict[str, float]
    unseen: float
    evaluations: float
    observed: float
    maintenance: float
    observed_seconds: float
    counted_seconds: float
    interval: int

    @property
    def coverage(self) -> float:
        """Share of the time that was observed, 0 to 1."""
        return min(1.0, self.observed / self.evaluations) if self.evaluations else 0.0

    @property
    def down(self) -> float:
        """Workspaces times evaluations in which they were down."""
        return self.sums["eligible"] - self.sums["available"]

    @property
    def starts(self) -> float:
        """Starts that were judged."""
        return self.sums["starts_good"] + self.sums["starts_failed"]

    @property
    def healed(self) -> float:
        """Outages that ended by themselves."""
        return self.sums["recovered"] + self.sums["silent"]

    @property
    def unhealed(self) -> float:
        """Outages that did not."""
        return self.sums["assisted"] + self.sums["escalated"] + self.sums["abandoned"]


def namespaces(days: Sequence[DayNumbers], without: str) -> set[str]:
    """Namespaces of which something is known, but for the canary's."""
    return {namespace for day in days for values in day.sums.values() for namespace in values} - {without}


def total(days: Sequence[DayNumbers], of: Collection[str]) -> Totals:
    """Add up."""
    sums = {
        name: sum(value for day in days for namespace, value in day.sums.get(name, {}).items() if namespace in of)
        for name in SUMS
    }
    return Totals(
        sums=sums,
        unseen=sum(_unseen(days, namespace) for namespace in of),
        evaluations=sum(day.evaluations for day in days),
        observed=sum(min(day.observed, day.evaluations) for day in days),
        maintenance=sum(day.maintenance for day in days),
        observed_seconds=sum(min(day.observed, day.evaluations) * day.interval for day in days),
        counted_seconds=sum(
            max(0.0, min(day.observed, day.evaluations) - day.maintenance) * day.interval for day in days
        ),
        interval=days[-1].interval if days else 1,
    )


def _unseen(days: Sequence[DayNumbers], namespace: str) -> float:
    """What was not seen of one namespace: rules that were blind, and time without any rules at all."""

    def of(day: DayNumbers, name: str) -> float:
        return day.sums.get(name, {}).get(namespace, 0.0)

    seen = sum(of(day, "seen") for day in days)
    mean = sum(of(day, "eligible") for day in days) / seen if seen else 0.0
    found = 0.0
    for day in days:
        usual = of(day, "eligible") / of(day, "seen") if of(day, "seen") else mean
        found += of(day, "unknown") + day.dark * usual
    return found
