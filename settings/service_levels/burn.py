"""Burn alerts: how fast an error budget may be used up before somebody is told.

Factors and windows are those of Google's SRE workbook, chapter "Alerting on SLOs", for availability. Starts are rare
events: their short windows are longer, and a few failures must have happened, as one of two starts is a burn of 100.
"""

import math
from typing import Annotated

from pydantic import Field

from settings.base import Model, Rule, whole
from settings.errors import Refusal
from settings.service_levels.times import between


def factor(value: object) -> float:
    """Accepts a multiple of the rate that uses up an error budget in 30 days.

    Raises:
        Refusal: When it is no number from 0.1 to 1000.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refusal("is not a number", "write a number such as 14.4, without quotes")
    if not 0.1 <= value <= 1000:
        raise Refusal("is not from 0.1 to 1000", "write a number such as 14.4")
    return float(value)


_FACTOR = Rule(
    factor,
    "factor",
    "a number from 0.1 to 1000, below 1 / (1 - target / 100)",
    {"type": "number", "minimum": 0.1, "maximum": 1000},
)
_WINDOW = between("1s", "30d", "the budgets' window is 30 days")


class Burn(Model):
    """One pair of windows: the alert fires while both burn faster than the factor."""

    factor: Annotated[float, _FACTOR] = Field(
        description="Multiple of the rate that uses up the budget in exactly 30 days."
    )
    long: Annotated[str, _WINDOW] = Field(description="Window that shows that it matters.")
    short: Annotated[str, _WINDOW] = Field(description="Window that shows that it still goes on.")
    events: Annotated[int, whole(0, 1000, "failures")] = Field(
        default=0, description="Failures that the long window needs, at least; for starts, which are rare."
    )


def _burn(factor: float, long: str, short: str, events: int = 0) -> Burn:
    return Burn(factor=factor, long=long, short=short, events=events)


class Urgency(Model):
    """When a person is called at once (page), and when one is told (ticket)."""

    page: tuple[Burn, ...] = Field(description="Any of these calls a person.")
    ticket: tuple[Burn, ...] = Field(description="Any of these makes a ticket.")


AVAILABILITY = Urgency(
    page=(_burn(14.4, "1h", "5m"), _burn(6, "6h", "30m")), ticket=(_burn(3, "1d", "2h"), _burn(1, "3d", "6h"))
)
STARTS = Urgency(
    page=(_burn(14.4, "1h", "30m", 3), _burn(6, "6h", "2h", 3)),
    ticket=(_burn(3, "1d", "6h", 2), _burn(1, "3d", "1d", 2)),
)


class BurnAlerts(Model):
    """The burn alerts of the two promises that have an error budget and enough events."""

    availability: Urgency = Field(
        default=AVAILABILITY,
        json_schema_extra={"x-default": "14.4 in 1h and 5m, 6 in 6h and 30m; tickets 3 in 1d and 2h, 1 in 3d and 6h"},
        description="For the time that workspaces are down.",
    )
    start_success: Urgency = Field(
        default=STARTS,
        json_schema_extra={"x-default": "14.4 in 1h and 30m, 6 in 6h and 2h; tickets 3 in 1d and 6h, 1 in 3d and 1d"},
        description="For starts that fail.",
    )
