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
        "A window of Prometheus 3.x holds no more evaluations than it has intervals; 2.x takes in one more on the far "
        "edge, and the bound of 1 is for that one.",
    ),
    Equivalent(
        r"workspace:maintenance:bool: 1 7 becomes 2",
        "Settings with windows that overlap are refused: at most one of the terms is 1. The bound is for programs that "
        "use the component without the settings.",
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
        r"namespace_workspace:switched_on:timestamp: \+ 1 becomes -",
        "What is added is the value of a workspace that was off, and that is 0.",
    ),
    Equivalent(
        r"namespace:workspaces_awake:count: count by \d becomes sum by",
        "Only workspaces that are on are counted, and the value of each is 1.",
    ),
    Equivalent(
        r"namespace:workspace_incidents_(recovered|assisted):count: max_over_time \d becomes .*",
        "Whether a specification was touched is 1 or absent: the smallest of equal values is the largest.",
    ),
    Equivalent(
        r"namespace_workspace:outage_start:timestamp: \[600s\] 1 becomes .*",
        "After a longer blind time the third part says the same: what is down then is an outage from then on. The two "
        "differ after a gap of Prometheus itself, and promtool plays none.",
    ),
    Equivalent(
        r"namespace.*:(outage_start:timestamp: \[600s\] [345]|ended_outage_start:timestamp: \[600s\] \d) becomes .*"
        r"|namespace:workspace_incidents_(escalated|abandoned):count: \[600s\] \d becomes .*",
        "When an outage began, that it was open, and that anything was seen are written in the same evaluation: if one "
        "of them is older than the others may be, nothing is left.",
    ),
    Equivalent(
        r"namespace:workspace_incidents_escalated:count: offset 30s [13] becomes .*",
        "What is past the limit was open all the time before, and began when it began: no evaluation since then tells "
        "anything else of that workspace.",
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
        r"namespace:workspace_start_stage_seconds:sum \(schedule\): 390 \d becomes 780",
        "The difference and the condition after it look at the same pods, and each of the two has the bound.",
    ),
    Equivalent(
        r"WorkspaceRemediationFailing \(.*\): sum by 3 becomes max by",
        "It is multiplied by 0, and both have the same labels.",
    ),
    Equivalent(
        r"WorkspaceServiceJobFailing \(.*\): max by 2 becomes min by",
        "All replicas of kube-state-metrics tell the same time of a job's start.",
    ),
    Equivalent(
        r"WorkspaceCanaryAbsent \(.*\): sum_over_time \d becomes max_over_time",
        "Counts are never negative: their sum is 0 if the largest of them is, and only then.",
    ),
    Equivalent(
        r"WorkspaceManyDown \(availability\): 0 \d becomes 1",
        "Three have to be down, and they are more than one.",
    ),
    Equivalent(
        r"Workspace(\w+BudgetBurn|ErrorBudgetExhausted|SelfHealingBelowObjective|MeasurementIncomplete) \(.*\): "
        r"label (service|slo) is gone",
        "The series that the alert looks at bear the same label with the same value, and the alert keeps it.",
    ),
)


def reason_for(name: str) -> str | None:
    """Why a mutation is equivalent, or None if it is not known to be."""
    return next((one.reason for one in EQUIVALENTS if re.fullmatch(one.pattern, name)), None)
