"""Service credits: what a project gets back for a month below its target."""

import math
from typing import Annotated

from pydantic import Field

from settings.base import Model, Rule, whole
from settings.errors import Refusal


def share(value: object) -> float:
    """Accepts a percentage above 0, up to 100.

    Raises:
        Refusal: When it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refusal("is not a number", "write a number such as 99.9, without quotes and without %")
    if not 0 < value <= 100:
        raise Refusal("is not a percentage above 0", "write a number above 0, at most 100")
    return float(value)


class CreditBand(Model):
    """One band: whoever had less than `below` percent gets `percent` of the month's price back."""

    below: Annotated[
        float,
        Rule(
            share,
            "percentage",
            "a percentage above 0, at most 100",
            {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
        ),
    ] = Field(description="Percent of the month's awake minutes that were available, below which the band holds.")
    percent: Annotated[int, whole(1, 100, "percent")] = Field(description="Percent of the month's price.")


def bands(availability: float) -> tuple[CreditBand, ...]:
    """The bands of a target: 10 % below it, 25 % below 99.0, all below 95.0.

    The steps are those of the Amazon WorkSpaces SLA (https://aws.amazon.com/workspaces/sla/), the nearest public
    contract.
    """
    steps = ((availability, 10), *((below, percent) for below, percent in ((99.0, 25), (95.0, 100))))
    return tuple(
        CreditBand(below=below, percent=percent)
        for index, (below, percent) in enumerate(steps)
        if index == 0 or below < availability
    )
