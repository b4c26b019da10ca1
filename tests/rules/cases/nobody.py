"""Nothing to see: no user at all, the last one gone, or the labels lost."""

from components.service_levels.promise import Promise
from tests.rules.cases.blindness import AWAY, OBSERVED, UP
from tests.rules.timeline import STARTS, STATES, Case, Points, Workspace, plain, value


def cases(promise: Promise) -> list[Case]:
    """Cases of nothing to see."""
    return [nobody(promise), vanished(promise), wrong_labels(promise)]


def nobody(promise: Promise) -> Case:
    """No user at all: kube-state-metrics is up, there is nothing to judge, and that is no blindness."""
    up = plain(UP, [(0, 1), (20, 0)], 30)
    second = plain(UP.replace("ksm-0", "ksm-1"), [(0, 1), (15, 0)], 30)
    # Somebody else's kube-state-metrics, read without honor_labels, tells of no workspace and hides none.
    foreign = plain('kube_statefulset_replicas{namespace="monitoring",exported_namespace="shop"}', [(0, 1)], 30)
    return Case(
        "no user at all is not blindness",
        STARTS,
        [up, second, foreign],
        [
            value(10, OBSERVED, 1),
            value(17, OBSERVED, 1),
            value(10, "fleet:workspaces_eligible:count", 0),
            value(10, "fleet:workspaces_available:count", 0),
            value(10, "fleet:workspace_starts_good:count", 0),
            value(10, "fleet:workspace_starts_fast:count", 0),
            value(10, "fleet:workspace_starts_failed:count", 0),
            value(10, "fleet:workspace_starts_unknown:count", 0),
            value(10, "fleet:workspace_start_seconds:sum", 0),
            value(10, "fleet:workspace_incidents_healed:count", 0),
            value(10, "fleet:workspace_incidents_unhealed:count", 0),
            value(10, "namespace:workspaces_eligible:count", None),
            value(25, OBSERVED, 0),
            value(25, "fleet:workspaces_eligible:count", None),
        ],
        promise.interval,
    )


def vanished(promise: Promise) -> Case:
    """The last workspace goes: for four evaluations nobody can tell that from a restart of kube-state-metrics."""
    points: Points = [(0, 1), (AWAY, None)]
    last = Workspace("last", promise, AWAY + 10).stateful_set(points, points)
    return Case(
        "the last workspace goes: blind for a moment, then an empty fleet",
        STATES,
        [*last.series, plain(UP, [(0, 1)], AWAY + 10)],
        [
            value(AWAY, OBSERVED, 0),
            value(AWAY + 2, OBSERVED, 0),
            value(AWAY + 5, OBSERVED, 1),
            value(AWAY + 5, "fleet:workspaces_eligible:count", 0),
        ],
        promise.interval,
    )


def wrong_labels(promise: Promise) -> Case:
    """Scraped without honor_labels: the namespace is in another label, and the rules are blind."""
    # The namespace is then that of kube-state-metrics itself.
    labels = 'namespace="monitoring",exported_namespace="ws-team",statefulset="a"'
    lost = plain(f"kube_statefulset_replicas{{{labels}}}", [(0, 1)], 20)
    return Case(
        "lost labels are blindness, not an empty fleet",
        STATES,
        [lost, plain(UP, [(0, 1)], 20)],
        [value(10, OBSERVED, 0), value(10, "fleet:workspaces_eligible:count", None)],
        promise.interval,
    )
