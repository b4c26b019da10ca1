"""Announced maintenance is in neither side of any ratio."""

from components.service_levels.promise import Promise
from tests.rules.cases.outages import incidents
from tests.rules.timeline import STARTS, STATES, TEAM, Case, Points, Workspace, all_of, available, plain, total, value

MAINTENANCE = "workspace:maintenance:bool"
UNKNOWN = "namespace:workspaces_unknown:count"


def cases(promise: Promise) -> list[Case]:
    """Cases of maintenance; the settings of the tests announce three windows."""
    return [window(promise), starts_in_it(promise), unseen(promise), unseen_for_a_day(promise)]


def window(promise: Promise) -> Case:
    """What happens inside does not count; what is still down when it ends is an outage from then on."""
    begin, end = (round(moment / promise.interval) for moment in promise.maintenance[0])
    other_begin, other_end = (moment / promise.interval for moment in promise.maintenance[1])
    last = round(other_end) + 10
    middle = (begin + end) // 2
    # Starts that it fell into are judged so long after it.
    overlap = promise.deadline // promise.interval + 2
    starts = 'count({__name__=~"namespace:workspace_starts?_.+"})'

    def workspace(name: str, *down: tuple[float, float]) -> Workspace:
        return Workspace(name, promise, last).running(down=down)

    inside = workspace("inside", (begin + 2, middle))
    across = workspace("across", (begin - 4, middle))
    left_behind = workspace("leftbehind", (middle, end + 5))
    touched = Workspace("touched", promise, last).running(generation=((0, 1), (middle, 2)))
    silent = Workspace("silent", promise, last).stateful_set([(0, 1)], [(0, 1)])
    silent.pod("s", -300, [(0, -299), (middle, middle - 0.5)], restarts=[(0, 0), (middle, 1)])
    everyone = {"inside": 1, "across": 1, "leftbehind": 1, "touched": 1, "silent": 1}
    return Case(
        "maintenance counts neither way",
        STARTS,
        all_of(inside, across, left_behind, touched, silent),
        [
            *(
                value(step, MAINTENANCE, expected)
                for step, expected in (
                    (begin - 1, 0),
                    (begin, 1),
                    (end - 1, 1),
                    (end, 0),
                    (other_begin - 1, 0),
                    (other_begin, 1),
                    (other_end - 1, 1),
                    (other_end, 0),
                )
            ),
            available(begin - 1, **{**everyone, "across": 0}),
            available(middle),
            available(end + 1, **{**everyone, "leftbehind": 0}),
            available(end + 6, **everyone),
            value(middle, "namespace:workspaces_eligible:count", 0, f'{{namespace="{TEAM}"}}'),
            value(middle, "fleet:workspaces_eligible:count", 0),
            value(middle, 'count({__name__=~"namespace:workspace_.+"})', None),
            value(end, 'count({__name__=~"namespace:workspace_(incidents|outage).+"})', 10),
            value(end + overlap - 3, starts, None),
            value(end + overlap + 1, starts, 10),
            total(last, incidents("opened"), 2),
            total(last, incidents("recovered"), 1),
            total(last, incidents("silent"), 0),
            total(last, incidents("abandoned"), 0),
            total(last, "namespace:workspace_outage_seconds:sum", 5 * promise.interval),
            total(last, "namespace:workspace_outages_ended:count", 1),
        ],
        promise.interval,
    )


def starts_in_it(promise: Promise) -> Case:
    """A start that maintenance fell into counts neither way, also when its deadline passes after the end."""
    begin, end = (round(moment / promise.interval) for moment in promise.maintenance[0])
    last = end + 4 * promise.deadline // promise.interval
    late_on = end - 2

    def workspace(name: str, on: float, ready: float | None) -> Workspace:
        replicas: Points = [(0, 0), (on, 1)]
        up: Points = [(0, 0), *([(ready, 1)] if ready else [])]
        made = Workspace(name, promise, last).stateful_set(replicas, up)
        return made.pod(name, on, [(ready, ready - 0.5)] if ready else ())

    fails = workspace("fails", late_on, None)
    good = workspace("good", late_on, late_on + 2)
    after = workspace("after", end + 1, end + 3)
    # kube-state-metrics may be away meanwhile: that is not unknown time either.
    away: Points = [(0, 1), (begin + 2, None), (end - 2, 1)]
    seen = Workspace("seen", promise, last, "ws-other").stateful_set(away, away, generation=away)
    return Case(
        "starts that maintenance fell into count neither way",
        STARTS,
        all_of(fails, good, after, seen),
        [
            total(last, "namespace:workspace_starts_good:count", 1),
            total(last, "namespace:workspace_starts_failed:count", 0),
            value(end - 1, UNKNOWN, None),
        ],
        promise.interval,
    )


def unseen(promise: Promise) -> Case:
    """kube-state-metrics is away as well: time of maintenance is not unknown, the time after it is."""
    begin, end = (round(moment / promise.interval) for moment in promise.maintenance[0])
    away: Points = [(0, 1), (begin + 2, None), (end + 4, 1)]
    seen = Workspace("seen", promise, end + 10).stateful_set(away, away, generation=away)
    return Case(
        "maintenance that nobody sees is not unknown time",
        STATES,
        all_of(seen),
        [
            value(end - 1, UNKNOWN, None),
            value(end, UNKNOWN, 1, f'{{namespace="{TEAM}"}}'),
            total(end + 10, UNKNOWN, 4),
        ],
        promise.interval,
    )


def unseen_for_a_day(promise: Promise) -> Case:
    """Maintenance at the end of a day that nobody saw: afterwards it is not known any more how many there were."""
    step = 200
    (_, _), (_, other_end), (begin, end) = ((first / step, after / step) for first, after in promise.maintenance)
    labels = f'{{namespace="{TEAM}",statefulset="a"}}'
    last = round(end) + 5
    return Case(
        "after a day unseen, and maintenance, nobody knows how many there were",
        STATES,
        [
            plain(f"{metric}{labels}", [(0, 1), (2, None)], last)
            for metric in ("kube_statefulset_replicas", "kube_statefulset_status_replicas_ready")
        ],
        [
            value(other_end + 2, UNKNOWN, 1, f'{{namespace="{TEAM}"}}'),
            value(begin - 1, UNKNOWN, 1, f'{{namespace="{TEAM}"}}'),
            value(end + 2, UNKNOWN, None),
            *(
                value(at, MAINTENANCE, expected)
                for at, expected in ((begin - 1, 0), (begin, 1), (end - 1, 1), (end, 0))
            ),
        ],
        step,
    )
