"""Mutations that change nothing that anybody could see, each kind with its reason."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Equivalent:
    """A kind of mutation.

    Attributes:
        pattern: Matches its names from the first to the last character.
        reason: Why no time line can notice it.
    """

    pattern: str
    reason: str


EQUIVALENTS: tuple[Equivalent, ...] = (
    Equivalent(
        r"slo:sli_coverage:ratio\w+ \(availability\): 1 \d becomes 2",
        "A window holds no more evaluations than it has intervals, but for one on the far edge in Prometheus 2.x: the "
        "bound of 1 takes that one away.",
    ),
    Equivalent(
        r"slo:sli_error_pessimistic:ratio_rate30d \(availability\): (sum_over_time|\[30d\]) 4 becomes .*",
        "This sum is multiplied by 0: it only stands for no unknown time, with the labels of the eligible time.",
    ),
    Equivalent(
        r"namespace:sli_error:ratio_rate30d \(\w+\): namespace=~.* becomes .*",
        "The other sums of the ratio still leave the canary out, and a project without a partner gives no ratio.",
    ),
    Equivalent(
        r"Workspace\w+ \(.*\): label (service|slo) is gone",
        "The series that the alert looks at bear the same label with the same value, and the alert keeps it.",
    ),
)


def reason_for(name: str) -> str | None:
    """Why a mutation is equivalent, or None if it is not known to be."""
    return next((one.reason for one in EQUIVALENTS if re.fullmatch(one.pattern, name)), None)
