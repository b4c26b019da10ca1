"""Targets in percent."""

import math

from settings.base import Rule
from settings.errors import Refusal


def percent(least: float, why: str) -> Rule:
    """A rule for a target in percent, from `least` to below 100; `why` explains the floor."""
    allowed = f"a percentage from {least:g} to below 100, such as 99.9"

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Refusal("is not a number", "write a number such as 99.9, without quotes and without %")
        if value == 100:
            what = "leaves no room for any failure: the first one breaks the promise and no alert can come before"
            raise Refusal(what, "write a target below 100, such as 99.95")
        if value > 100 or value < 0:
            raise Refusal("is not a percentage", "write a number below 100")
        if 0 < value <= 1:
            raise Refusal("is a fraction, not a percentage", f"write {value * 100:g}")
        if value < least:
            raise Refusal(f"is below {least:g}: {why}", f"write {least:g} or more")
        return float(value)

    schema = {"type": "number", "minimum": least, "exclusiveMaximum": 100}
    return Rule(parse, "percentage", allowed, schema)


# The fast burn alert fires at 14.4 times the rate that uses up the budget in a month (Google's SRE workbook,
# "Alerting on SLOs"). Failing always is 1 / (1 - target) times it, so below 93.06 % that alert could never fire.
BURNING = percent(93.1, "the fast burn alert (14.4 times the budget's rate) could never fire")
HEALING = percent(1, "it promises nothing")
