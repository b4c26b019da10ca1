"""Whether a workspace's pod is to be replaced. Pure: facts in, one decision out, and its reason in one word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.service_levels.kubernetes import Object
from services.service_levels.remediator import fencing
from services.service_levels.remediator.facts import (
    COMPONENT,
    WORKSPACE,
    Facts,
    Fleet,
    condition,
    moment,
    replicas,
    unready_since,
)
from services.service_levels.remediator.health_report import Verdict, verdict

RESTART_POD, FENCE_NODE = "restart-pod", "fence-node"
CONTAINER = "workspace"
HOLD = "slate.dev/remediation"
"""Annotation of a StatefulSet; with the value `off` its pod is left alone."""
BEING_MADE = ("ContainerCreating", "PodInitializing")
LOOPING = 3
"""So many restarts of a container that has not started yet are a crash loop, even in a moment in which it runs."""
FEW = 3
"""Fewer workspaces that are down are no trouble of the fleet, whatever share of it they are."""


@dataclass(frozen=True)
class Policy:
    """When the remediator acts.

    Attributes:
        minimum_age_seconds: Least time that a pod has not been ready.
        start_deadline_seconds: Time that a start may take.
        per_workspace_per_hour: Most new pods for one workspace in an hour.
        fleet_percent: Most new pods in ten minutes, in percent of the workspaces that should be running; when more of
            them are down, it is the fleet's trouble and no pod's.
        fencing: Whether lost nodes may be fenced.
    """

    minimum_age_seconds: float = 120
    start_deadline_seconds: float = 300
    per_workspace_per_hour: int = 2
    fleet_percent: float = 10
    fencing: bool = False


@dataclass(frozen=True)
class Decision:
    """What is to be done.

    Attributes:
        action: `restart-pod`, `fence-node`, or None to leave it alone.
        reason: Why, one word of the table in docs/healing.md.
    """

    action: str | None
    reason: str


def decide(facts: Facts, policy: Policy) -> Decision:
    """Decide on one workspace, without a look at the others."""
    refused = _of_stateful_set(facts)
    if refused or facts.pod is None:
        return refused or Decision(None, "no-pod")
    pod = facts.pod
    return _of_node(facts, pod, policy) or _of_pod(facts, pod, policy) or _of_container(facts, pod, policy)


def _of_stateful_set(facts: Facts) -> Decision | None:
    wanted, pod = facts.stateful_set, facts.pod
    if wanted is None:
        return Decision(None, "no-workspace")
    metadata = wanted["metadata"]
    labels = metadata.get("labels") or {}
    if labels.get(COMPONENT) != "workspace" or labels.get(WORKSPACE) != facts.target.workspace:
        return Decision(None, "not-a-workspace")
    if (metadata.get("annotations") or {}).get(HOLD) == "off":
        return Decision(None, "held")
    if metadata.get("deletionTimestamp"):
        return Decision(None, "being-deleted")
    if replicas(wanted) < 1:
        return Decision(None, "asleep")
    owners = (pod or {}).get("metadata", {}).get("ownerReferences") or ()
    if pod is not None and not any(owner.get("controller") and owner.get("uid") == metadata["uid"] for owner in owners):
        return Decision(None, "not-its-pod")
    return None


def _of_node(facts: Facts, pod: Object, policy: Policy) -> Decision | None:
    """A pod on a silent node may well be running: its deletion would end it when the node comes back."""
    if not pod["spec"].get("nodeName"):
        return Decision(None, "not-scheduled")
    if facts.node is not None and condition(facts.node, "Ready").get("status") == "True":
        return None
    if policy.fencing and facts.node is not None and fencing.is_off(facts.node, facts.now):
        return Decision(FENCE_NODE, "node-off")
    return Decision(None, "node-not-ready")


def _of_pod(facts: Facts, pod: Object, policy: Policy) -> Decision | None:
    if pod["metadata"].get("deletionTimestamp"):
        return Decision(None, "terminating")
    ready = condition(pod, "Ready").get("status")
    if ready == "True":
        return Decision(None, "ready")
    if ready != "False" or pod["status"].get("phase") not in ("Pending", "Running", "Failed"):
        return Decision(None, "state-unknown")
    if (facts.now - unready_since(pod)).total_seconds() < policy.minimum_age_seconds:
        return Decision(None, "too-young")
    return None


def _of_container(facts: Facts, pod: Object, policy: Policy) -> Decision:
    if pod["status"].get("phase") == "Failed":  # such as an evicted one: nothing of it runs
        return Decision(RESTART_POD, "pod-failed")
    status = _status(pod)
    if status is None:
        return Decision(None, "being-made")
    if status.get("ready"):  # something beside it is not; a new pod would end the work in this one
        return Decision(None, "container-ready")
    state: Mapping[str, Any] = status.get("state") or {}
    waiting, running = state.get("waiting"), state.get("running")
    if waiting is not None:
        # An image that is being pulled or a volume that is being attached would begin anew.
        if waiting.get("reason") in (*BEING_MADE, None):
            return Decision(None, "being-made")
        return Decision(RESTART_POD, "container-waits")
    if running is None:
        ended = state.get("terminated") is not None
        return Decision(RESTART_POD, "container-ended") if ended else Decision(None, "state-unknown")
    if not status.get("started"):
        return _of_start(status, running, facts.now, policy)
    said = verdict(facts.events, unready_since(pod))
    if said is Verdict.MENDABLE:
        return Decision(RESTART_POD, "health-check")
    return Decision(None, "not-mendable" if said is Verdict.NOT_MENDABLE else "cause-unknown")


def _of_start(status: Mapping[str, Any], running: Mapping[str, Any], now: datetime, policy: Policy) -> Decision:
    """A container whose start has not ended holds no user's work, but may need nothing but time."""
    if status.get("restartCount", 0) >= LOOPING:
        return Decision(RESTART_POD, "crash-loop")
    since = moment(running.get("startedAt"))
    if since is None or (now - since).total_seconds() < policy.start_deadline_seconds:
        return Decision(None, "starting")
    return Decision(RESTART_POD, "start-hangs")


def _status(pod: Object) -> Mapping[str, Any] | None:
    """The state of the container that users work in."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return next((status for status in statuses if status.get("name") == CONTAINER), None)


def objection(fleet: Fleet, node: str, policy: Policy) -> str | None:
    """Why nothing is to be done in the fleet's state, or None.

    Args:
        fleet: All workspaces that should be running.
        node: The node of the pod in question.
        policy: The limits.
    """
    down = sum(sight.down for sight in fleet.sights)
    if down >= FEW and down * 100 > policy.fleet_percent * len(fleet.sights):
        return "fleet-burns"
    beside = [sight for sight in fleet.sights if sight.node == node]
    ill = sum(sight.down for sight in beside)
    # Several at once on one node: it is the node, such as one without processor time for the health checks.
    if ill >= 2 and ill * 2 >= len(beside) and policy.fleet_percent < 100:
        return "node-troubled"
    return None


def fleet_limit(fleet: Fleet, policy: Policy) -> int:
    """Most new pods in ten minutes; never less than one, or small fleets would never be mended."""
    return max(1, int(len(fleet.sights) * policy.fleet_percent // 100))
