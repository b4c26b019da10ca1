"""Which pods are replaced, and above all which are not."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.service_levels.remediator.decision import (
    FENCE_NODE,
    RESTART_POD,
    Decision,
    Policy,
    decide,
    fleet_limit,
    objection,
)
from services.service_levels.remediator.facts import Fleet, Sight, sight
from tests.services.service_levels.remediator.objects import (
    NOW,
    ago,
    event,
    facts,
    node,
    pod,
    report,
    running,
    stateful_set,
)

POLICY = Policy()


def changed(value: dict[str, Any], path: str, new: object) -> dict[str, Any]:
    """A copy of an object with one value replaced, or removed if the new one is None."""
    made = copy.deepcopy(value)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner: Any = made
    for key in parents:
        inner = inner[key]
    if new is None:
        del inner[last]
    else:
        inner[last] = new
    return made


READY = "status.conditions.0"
STATE = "status.containerStatuses.0.state"


def test_a_pod_that_crashes_for_minutes_is_replaced():
    assert decide(facts(), POLICY) == Decision(RESTART_POD, "container-waits")


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no-workspace", {"stateful_set": None}),
        ("not-a-workspace", {"stateful_set": changed(stateful_set(), "metadata.labels", {})}),
        (
            "not-a-workspace",
            {
                "stateful_set": changed(
                    stateful_set(),
                    "metadata.labels",
                    {"app.kubernetes.io/component": "workspace", "slate.dev/workspace": "bob"},
                )
            },
        ),
        ("held", {"stateful_set": changed(stateful_set(), "metadata.annotations", {"slate.dev/remediation": "off"})}),
        ("being-deleted", {"stateful_set": changed(stateful_set(), "metadata.deletionTimestamp", ago(1))}),
        ("asleep", {"stateful_set": changed(stateful_set(), "spec.replicas", 0)}),
        ("no-pod", {"pod": None}),
        ("not-its-pod", {"pod": changed(pod(), "metadata.ownerReferences", None)}),
        ("not-its-pod", {"pod": changed(pod(), "metadata.ownerReferences.0", {"uid": "set"})}),
        ("not-its-pod", {"pod": changed(pod(), "metadata.ownerReferences.0", {"uid": "old", "controller": True})}),
        ("not-scheduled", {"pod": changed(pod(), "spec.nodeName", None), "node": None}),
        ("node-not-ready", {"node": None}),
        ("node-not-ready", {"node": node("Unknown")}),
        ("node-not-ready", {"node": node("False")}),
        ("terminating", {"pod": changed(pod(), "metadata.deletionTimestamp", ago(1))}),
        ("ready", {"pod": changed(pod(), f"{READY}.status", "True")}),
        ("state-unknown", {"pod": changed(pod(), f"{READY}.status", "Unknown")}),
        ("state-unknown", {"pod": changed(pod(), "status.conditions", [])}),
        ("state-unknown", {"pod": changed(pod(), "status.phase", "Unknown")}),
        ("state-unknown", {"pod": changed(pod(), "status.phase", "Succeeded")}),
        ("too-young", {"pod": changed(pod(), f"{READY}.lastTransitionTime", ago(119))}),
        # A kubelet whose clock is wrong says that the pod was broken before it was made.
        ("too-young", {"pod": changed(pod(), "metadata.creationTimestamp", ago(119))}),
        ("being-made", {"pod": changed(pod(), "status.containerStatuses", None)}),
        ("being-made", {"pod": changed(pod(), STATE, {"waiting": {"reason": "ContainerCreating"}})}),
        ("being-made", {"pod": changed(pod(), STATE, {"waiting": {"reason": "PodInitializing"}})}),
        ("being-made", {"pod": changed(pod(), STATE, {"waiting": {}})}),
        ("state-unknown", {"pod": changed(pod(), STATE, {})}),
        ("container-ready", {"pod": running(pod(), ready=True)}),
    ],
)
def test_what_is_left_alone(reason, changes):
    assert decide(facts(**changes), POLICY) == Decision(None, reason)


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("container-waits", changed(pod(), STATE, {"waiting": {"reason": "ImagePullBackOff"}})),
        ("container-waits", changed(pod(), STATE, {"waiting": {"reason": "CreateContainerConfigError"}})),
        ("container-ended", changed(pod(), STATE, {"terminated": {"exitCode": 137}})),
        ("crash-loop", running(pod(), started=False, restartCount=3, state={"running": {"startedAt": ago(5)}})),
        ("start-hangs", running(pod(), started=False, state={"running": {"startedAt": ago(301)}})),
        ("pod-failed", changed(changed(pod(), "status.phase", "Failed"), "status.containerStatuses", None)),
    ],
)
def test_a_pod_in_which_nobody_can_work_is_replaced(reason, found):
    assert decide(facts(pod=found), POLICY) == Decision(RESTART_POD, reason)


def test_a_start_within_its_deadline_is_not_interrupted():
    slow = running(pod(), started=False, state={"running": {"startedAt": ago(299)}})

    assert decide(facts(pod=slow), POLICY) == Decision(None, "starting")
    assert decide(facts(pod=slow), Policy(start_deadline_seconds=200)).action == RESTART_POD


@pytest.mark.parametrize(
    ("reason", "events"),
    [
        ("cause-unknown", ()),
        ("cause-unknown", (event('Readiness probe failed: command timed out: "health-check" timed out after 10s'),)),
        ("cause-unknown", (event(report(True)[:60]),)),
        ("cause-unknown", (event(report()),)),
        ("cause-unknown", (event("Readiness probe failed: {}"),)),
        ("cause-unknown", (event('Readiness probe failed: {"problems": [{"check": "home"}]}'),)),
        ("cause-unknown", (event(report(True), seconds=3600),)),  # about an earlier trouble
        ("cause-unknown", (event(report(True).replace("Readiness", "Liveness")),)),
        ("cause-unknown", (event(report(True), seconds=90), event("Readiness probe failed: timed out", seconds=20))),
        ("not-mendable", (event(report(False)),)),
        ("not-mendable", (event(report(True, False)),)),
        ("not-mendable", (event(report("true")),)),
    ],
)
def test_a_container_that_runs_may_be_busy_and_is_left_alone_without_a_word_of_the_health_check(reason, events):
    assert decide(facts(pod=running(pod()), events=events), POLICY) == Decision(None, reason)


@pytest.mark.parametrize(
    "events",
    [
        (event(report(True)),),
        (event(f"(combined from similar events): {report(True)}"),),
        (event("Readiness probe failed: timed out", seconds=90), event(report(True, True), seconds=20)),
        ({"message": report(True), "eventTime": ago(40).replace("Z", ".123456Z")},),
    ],
)
def test_a_fault_that_the_health_check_found_and_a_new_pod_may_mend_is_mended(events):
    assert decide(facts(pod=running(pod()), events=events), POLICY) == Decision(RESTART_POD, "health-check")


anything = st.fixed_dictionaries(
    {
        "phase": st.sampled_from(["Pending", "Running", "Unknown", "Succeeded"]),
        "ready": st.sampled_from(["True", "False", "Unknown"]),
        "age": st.integers(0, 100000),
        "since": st.integers(0, 100000),
        "restarts": st.integers(0, 50),
        "message": st.one_of(st.just("timed out"), st.text(), st.just(report(False)), st.just(report(True, False))),
    }
)


@given(anything)
def test_no_pod_in_which_somebody_may_work_is_ever_replaced(found):
    made = running(pod(), restartCount=found["restarts"])
    made["metadata"]["creationTimestamp"] = ago(found["age"])
    made["status"] |= {
        "phase": found["phase"],
        "conditions": [{"type": "Ready", "status": found["ready"], "lastTransitionTime": ago(found["since"])}],
    }
    events = (event(f"Readiness probe failed: {found['message']}"),)

    assert decide(facts(pod=made, events=events), POLICY).action is None


@given(st.sampled_from([None, "Unknown", "False", ""]), st.booleans())
def test_no_pod_on_a_lost_node_is_ever_replaced(ready, fencing):
    lost = node(ready) if ready is not None else None

    assert decide(facts(node=lost), Policy(fencing=fencing)).action is None


@pytest.mark.parametrize(
    ("confirmed", "action"),
    [
        ({}, None),
        ({"annotations": {"slate.dev/powered-off": "boot-0"}}, None),  # of an earlier failure
        ({"annotations": {"slate.dev/powered-off": "true"}}, None),
        ({"annotations": {"slate.dev/powered-off": "boot-1"}}, FENCE_NODE),
        ({"taints": [{"key": "node.cloudprovider.kubernetes.io/shutdown", "effect": "NoSchedule"}]}, FENCE_NODE),
        ({"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]}, None),
    ],
)
def test_a_node_is_fenced_only_if_somebody_knows_that_it_is_off(confirmed, action):
    lost = node("Unknown", since=301)
    lost["metadata"]["annotations"] = confirmed.get("annotations", {})
    lost["spec"]["taints"] = confirmed.get("taints", [])

    assert decide(facts(node=lost), Policy(fencing=True)).action == action
    assert decide(facts(node=lost), Policy(fencing=False)).action is None


@pytest.mark.parametrize(("ready", "since"), [("Unknown", 299), ("False", 3000), ("True", 3000)])
def test_a_node_that_speaks_or_spoke_lately_is_not_fenced(ready, since):
    found = node(ready, since)
    found["metadata"]["annotations"] = {"slate.dev/powered-off": "boot-1"}

    assert decide(facts(node=found), Policy(fencing=True)).action != FENCE_NODE


def fleet(*counts: tuple[str, int, int]) -> Fleet:
    """Nodes with so many workspaces that are up and down."""
    sights = [Sight(name, down=False) for name, up, _ in counts for _ in range(up)]
    sights += [Sight(name, down=True) for name, _, down in counts for _ in range(down)]
    return Fleet(frozenset({"ws-vision"}), tuple(sights))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (fleet(("node-1", 99, 1)), None),
        (fleet(("node-1", 0, 1)), None),  # the only workspace there is
        (fleet(("node-1", 45, 5), ("node-2", 45, 5)), None),
        (fleet(("node-1", 45, 5), ("node-2", 44, 6)), "fleet-burns"),
        (fleet(("node-1", 0, 1), ("node-2", 0, 1), ("node-3", 0, 1)), "fleet-burns"),
        (fleet(("node-1", 0, 1), ("node-2", 0, 1)), None),
        (fleet(("node-1", 2, 2), ("node-2", 96, 0)), "node-troubled"),
        (fleet(("node-1", 3, 2), ("node-2", 96, 0)), None),
        (fleet(("node-1", 48, 1), ("node-2", 0, 2)), None),  # the other node's trouble
    ],
)
def test_a_fleet_or_a_node_in_trouble_is_no_trouble_of_one_pod(found, reason):
    assert objection(found, "node-1", POLICY) == reason


@pytest.mark.parametrize(("size", "percent", "most"), [(0, 10, 1), (9, 10, 1), (20, 10, 2), (1000, 10, 100), (5, 1, 1)])
def test_the_fleets_limit_is_a_share_of_it_and_at_least_one(size, percent, most):
    assert fleet_limit(fleet(("node-1", size, 0)), Policy(fleet_percent=percent)) == most


@pytest.mark.parametrize(
    ("found", "down"),
    [
        (None, True),
        (pod(), True),
        (changed(pod(), f"{READY}.status", "True"), False),
        (changed(pod(), f"{READY}.lastTransitionTime", ago(10)), False),  # it is just being woken
    ],
)
def test_what_counts_as_down_in_the_fleet(found, down):
    assert sight(found, NOW, 120).down is down
