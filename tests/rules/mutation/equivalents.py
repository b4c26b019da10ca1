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
        r"namespace_workspace:(ready:bool|generation:max): namespace=~.* becomes .*",
        "Only workspaces that are on are left, and who is on is told by a rule that selects the same namespaces.",
    ),
    Equivalent(
        r"namespace.*: 9 \d becomes 18",
        "The name of a pod ends with its ordinal, and that of a StatefulSet with one pod is 0.",
    ),
    Equivalent(
        r"Workspace\w+ \(.*\): label (service|slo) is gone",
        "The series that the alert looks at bear the same label with the same value, and the alert keeps it.",
    ),
)


def reason_for(name: str) -> str | None:
    """Why a mutation is equivalent, or None if it is not known to be."""
    return next((one.reason for one in EQUIVALENTS if re.fullmatch(one.pattern, name)), None)
