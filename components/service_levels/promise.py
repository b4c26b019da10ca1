"""What is promised, as the numbers that rules, alerts and routes are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components import labels
from components.service_levels.args import BurnArgs, ServiceLevelsArgs

CANARY_NAMESPACE = "slate-canary"
FLEET = 'namespace=~"ws-.+"'
"""Selects what the promise is about: the projects' namespaces, not the canary's."""

WATCHED = f'namespace=~"ws-.+|{CANARY_NAMESPACE}"'
"""Selects what is measured: projects and canary."""

JOBS = f'namespace=~"{labels.SYSTEM_NAMESPACE}|{CANARY_NAMESPACE}"'
"""Selects the platform's own jobs."""

BUDGETS = ("availability", "startup")
"""Promises with an error budget: each has burn alerts."""

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(window: str) -> int:
    """Length of a window such as `6h` in seconds."""
    return int(window[:-1]) * _UNITS[window[-1]]


@dataclass(frozen=True)
class Promise:
    """The numbers of a contract.

    Attributes:
        args: What was declared.
        interval: Seconds between evaluations, which are those between scrapes.
        deadline: Seconds after which a start has failed.
        limit: Seconds after which an outage needs a person.
        fast: Seconds that a start may take on average.
        cancelled: Scrapes that see a pod at most whose user has called its start off.
    """

    args: ServiceLevelsArgs
    interval: int
    deadline: int
    limit: int
    fast: int
    cancelled: int

    @classmethod
    def of(cls, args: ServiceLevelsArgs) -> "Promise":
        """The numbers of what was declared; whole numbers of another language's program come as floats."""
        interval = int(args["prometheus"]["scrape_interval_seconds"])
        return cls(
            args=args,
            interval=interval,
            deadline=int(args["start_deadline_seconds"]),
            limit=int(args["self_healing_minutes"]) * 60,
            fast=int(args["cold_start_seconds"]),
            cancelled=int(args["cancelled_start_seconds"]) // interval,
        )

    @property
    def repair_after(self) -> int:
        """Seconds after which the machine repairs: early enough for a second try within the limit."""
        return min(120, self.limit // 5)

    @property
    def objectives(self) -> dict[str, float]:
        """Promised share of good, 0 to 1, by the name that the series' label `slo` has."""
        args = self.args
        percentages = {
            "availability": args["availability"],
            "startup": args["start_success"],
            "selfheal": args["self_healing"],
        }
        return {slo: exact(percent / 100) for slo, percent in percentages.items()}

    def budget(self, slo: str) -> float:
        """Share of bad that is allowed, 0 to 1."""
        return exact(1 - self.objectives[slo])

    def burns(self, slo: str, urgency: str) -> Sequence[BurnArgs]:
        """Pairs of windows of a burn alert.

        Args:
            slo: One of `BUDGETS`.
            urgency: `page` or `ticket`.
        """
        declared: Any = self.args["burn_alerts"]
        return declared["availability" if slo == "availability" else "start_success"][urgency]

    def windows(self, slo: str) -> list[str]:
        """All windows that the burn alerts of a promise look at, the shortest first."""
        burns = [burn for urgency in ("page", "ticket") for burn in self.burns(slo, urgency)]
        return sorted({burn[end] for burn in burns for end in ("long", "short")}, key=seconds)

    @property
    def maintenance(self) -> list[tuple[int, int]]:
        """Windows of maintenance: start and end in seconds since 1970."""
        return [(_unix(window["start"]), _unix(window["end"])) for window in self.args["maintenance"]]

    @property
    def canary_period(self) -> int | None:
        """Seconds from one start of the canary to the next; None without one."""
        minutes = self.args.get("canary_minutes")
        return int(minutes) * 60 if minutes else None


def exact(share: float) -> float:
    """A share without the noise of binary fractions, so that 1 - 0.999 is 0.001 in the rules."""
    return round(share, 9)


def _unix(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())
