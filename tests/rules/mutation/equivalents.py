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
        r"namespace_workspace:switched_on:timestamp: (namespace=~.*|max by \d) becomes .*",
        "Only workspaces that are on are left, and all replicas of kube-state-metrics tell the same time of creation.",
    ),
    Equivalent(
        r"namespace_workspace:pod_ready:timestamp: (360|\[360s\]) \d becomes .*",
        "Only times since a workspace was switched on matter, and that is at most so long ago where they are compared.",
    ),
    Equivalent(
        r"namespace_pod:judged_start:timestamp: max by \d becomes min by",
        "All replicas of kube-state-metrics tell the same time of creation.",
    ),
    Equivalent(
        r"namespace_pod:(judged_start|judged_start_reached|late_start):timestamp( \(\w+\))?: \[480s\] \d becomes .*",
        "The time of creation decides which pods are judged, and nobody has seen those before that time.",
    ),
    Equivalent(
        r"namespace_pod:(judged_start|judged_start_reached|late_start):timestamp( \(\w+\))?: 390 \d becomes 780",
        "Whoever reads the series looks at its value again, as a restarted Prometheus finds older ones; this bound "
        "only keeps them few.",
    ),
    Equivalent(
        r"namespace_pod:(judged_start_reached|late_start):timestamp( \(\w+\))?: namespace=~.* becomes .*",
        "Only pods whose start is judged are left, and that rule selects the same namespaces.",
    ),
    Equivalent(
        r"namespace_pod:judged_start_reached:timestamp \((scheduled|initialized)\): min_over_time \d becomes .*",
        "A pod is scheduled and made ready to run once: there is one time, and no later one.",
    ),
    Equivalent(
        r"namespace_pod:judged_start_reached:timestamp \((scheduled|initialized)\): min by \d becomes .*",
        "A pod is scheduled and made ready to run once: all replicas of kube-state-metrics tell the same time.",
    ),
    Equivalent(
        r"namespace:workspace_starts_nopod:count: namespace=~.* becomes .*",
        "Pods only take workspaces away that have some, and workspaces are those of the same namespaces.",
    ),
    Equivalent(
        r"Workspace\w+ \(.*\): label (service|slo) is gone",
        "The series that the alert looks at bear the same label with the same value, and the alert keeps it.",
    ),
)


def reason_for(name: str) -> str | None:
    """Why a mutation is equivalent, or None if it is not known to be."""
    return next((one.reason for one in EQUIVALENTS if re.fullmatch(one.pattern, name)), None)
