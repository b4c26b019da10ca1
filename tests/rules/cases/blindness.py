"""Times in which nobody sees: kube-state-metrics restarts, goes away, or there is nothing to see."""

from components.service_levels.promise import Promise
from tests.rules.cases.outages import incidents
from tests.rules.timeline import (
    STARTS,
    STATES,
    TEAM,
    Case,
    Points,
    Workspace,
    all_of,
    available,
    plain,
    total,
    value,
)

AWAY = 40
UP = 'up{job="kube-state-metrics",instance="ksm-0"}'
OBSERVED = "workspace:observed:bool"


def cases(promise: Promise) -> list[Case]:
    """Cases of blindness."""
    return [
        gap(promise),
        restart(promise),
        in_mid_outage(promise),
        too_long(promise),
        start_unseen(promise),
    ]


def gap(promise: Promise) -> Case:
    """Away for long: unknown time, as many workspaces as were known, and never 100 %."""
    last = AWAY + 60
    back = AWAY + 30
    seen = gone(promise, "seen", last, AWAY, back)
    other = gone(promise, "other", last, AWAY, back)
    apart = gone(promise, "apart", last, AWAY, back, namespace="ws-other")
    canary = gone(promise, "canary", last, AWAY, back, namespace="slate-canary")
    # All of a project were asleep at last: none is missing.
    rests: Points = [(0, 1), (AWAY - 5, 0), (AWAY, None), (back, 0)]
    slept = Workspace("slept", promise, last, "ws-slept").stateful_set(rests, rests)
    labels = f'{{namespace="{TEAM}"}}'
    return Case(
        "kube-state-metrics away: unknown, neither up nor down",
        STATES,
        all_of(seen, other, apart, canary, slept),
        [
            value(AWAY - 1, OBSERVED, 1),
            value(AWAY + 10, OBSERVED, 0),
            value(back, OBSERVED, 1),
            available(AWAY + 10),
            value(AWAY + 10, "namespace:workspaces_eligible:count", None),
            value(AWAY + 10, "fleet:workspaces_eligible:count", None),
            value(AWAY + 10, "fleet:workspaces_available:count", None),
            value(AWAY + 25, f'namespace:workspaces_unknown:count{{namespace="{TEAM}"}}', 2, labels),
            value(back + 1, "namespace:workspaces_unknown:count", None),
            total(last, "namespace:workspaces_unknown:count", 2 * (back - AWAY)),
            total(last, "namespace:workspaces_unknown:count", 0, "ws-slept"),
            total(last, "namespace:workspaces_eligible:count", 2 * (last + 1 - (back - AWAY))),
            value(last, "sum_over_time(fleet:workspaces_unknown:count[1d])", 3 * (back - AWAY)),
            total(last, incidents("opened"), 0),
        ],
        promise.interval,
    )


def restart(promise: Promise) -> Case:
    """It answers again before it has read anything: for that moment it is blind, and nothing has ended."""
    last = AWAY + 30
    down = Workspace("down", promise, last)
    replicas: Points = [(0, 1), (AWAY, None), (AWAY + 2, 1)]
    down.stateful_set(replicas, [(0, 1), (AWAY - 3, 0), (AWAY, None), (AWAY + 2, 0), (AWAY + 6, 1)])
    # Starts that begin before it and in it are starts afterwards, and not outages.
    ready: Points = [(0, 0), (AWAY, None), (AWAY + 2, 0), (AWAY + 4, 1)]
    begun = Workspace("begun", promise, last)
    begun.stateful_set([(0, 0), (AWAY - 1, 1), (AWAY, None), (AWAY + 2, 1)], ready)
    woken = Workspace("woken", promise, last).stateful_set([(0, 0), (AWAY, None), (AWAY + 2, 1)], ready)
    return Case(
        "a restart of kube-state-metrics ends no outage",
        STATES,
        [*all_of(down, begun, woken), plain(UP, [(0, 1)], last)],
        [
            value(AWAY, OBSERVED, 0),
            value(AWAY + 2, OBSERVED, 1),
            available(AWAY + 3, down=0),
            total(last, incidents("opened"), 1),
            total(last, incidents("abandoned"), 0),
            total(last, incidents("recovered"), 1),
            total(last, "namespace:workspace_outage_seconds:sum", 9 * promise.interval),
        ],
        promise.interval,
    )


def in_mid_outage(promise: Promise) -> Case:
    """An outage goes on through a gap; one that began unseen is not lost; one that ended late and unseen neither."""
    reach = promise.limit // promise.interval
    back = AWAY + reach // 3
    last = back + 3 * reach
    on: Points = [(0, 1), (AWAY, None), (back, 1)]

    def workspace(name: str, *ready: tuple[float, float | None], touched: bool = False) -> Workspace:
        made = Workspace(name, promise, last)
        number: Points = [(0, 1), (AWAY, None), (back, 2 if touched else 1)]
        return made.stateful_set(on, [(0, 1), *ready], generation=number)

    goes_on = workspace("goeson", (AWAY - 2, 0), (AWAY, None), (back, 0), (back + 3, 1))
    began_unseen = workspace("beganunseen", (AWAY, None), (back, 0), (back + 2 * reach, 1))
    mended = workspace("mended", (AWAY - 2, 0), (AWAY, None), (back, 0), (back + 2, 1), touched=True)
    # Down almost as long as it may be, then unseen, then up: too late, and nobody saw the limit pass.
    begun = AWAY - reach + 2
    ended_unseen = workspace("endedunseen", (begun, 0), (AWAY, None), (back, 1))
    # Down in the first scrape that sees it again, and up in the next one.
    soon_up = workspace("soonup", (AWAY - 2, 0), (AWAY, None), (back, 0), (back + 1, 1))
    long_since = workspace("longsince", (AWAY - reach - 10, 0), (AWAY, None), (back, 1))
    return Case(
        "outages go on through a gap, and each is still judged once",
        STATES,
        all_of(goes_on, began_unseen, mended, ended_unseen, soon_up, long_since),
        [
            total(last, incidents("opened"), 6),
            total(last, incidents("recovered"), 2),
            total(last, incidents("assisted"), 1),
            total(last, incidents("escalated"), 3),
            total(last, incidents("abandoned"), 0),
            total(last, "namespace:workspace_outages_ended:count", 6),
        ],
        promise.interval,
    )


def too_long(promise: Promise) -> Case:
    """After a gap longer than an outage may be, what is down then is an outage from then on."""
    back = AWAY + promise.limit // promise.interval + 10
    last = back + 20
    on: Points = [(0, 1), (AWAY, None), (back, 1)]
    down = Workspace("down", promise, last).stateful_set(on, [(0, 1), (AWAY, None), (back, 0), (back + 5, 1)])
    # Down before it: that outage ended unseen, and what is seen afterwards is another.
    was_down = Workspace("wasdown", promise, last).stateful_set(
        on, [(0, 1), (AWAY - 2, 0), (AWAY, None), (back, 0), (back + 5, 1)]
    )
    ended = Workspace("ended", promise, last)
    ended.stateful_set(on, [(0, 1), (AWAY - 2, 0), (AWAY, None), (back, 1)])
    # Changed in it, and too long ago to tell when.
    up = Workspace("up", promise, last).stateful_set(on, on, generation=[(0, 1), (AWAY, None), (back, 2)])
    # Woken in it, and before it: too long ago to be starts.
    unseen: Points = [(0, 0), (AWAY, None), (back, 1)]
    woken = Workspace("woken", promise, last).stateful_set(unseen, [(0, 0), (AWAY, None), (back, 0), (back + 5, 1)])
    begun = Workspace("begun", promise, last).stateful_set([(0, 0), (AWAY - 1, 1), (AWAY, None), (back, 1)], unseen)
    # Deleted, and made anew: a start of its own, whenever the one before was.
    anew = Workspace("anew", promise, last).stateful_set([(0, 0), (5, 1), (AWAY, None)], [(0, 0), (7, 1), (AWAY, None)])
    anew_again = Workspace("anew", promise, last, instance="ksm-1")
    anew_again.stateful_set([(0, "_"), (back, 1)], [(0, "_"), (back, 0), (back + 4, 1)], created=back - 2)
    # Never up since it was switched on: a late start, and no outage, also when it is found so after a short gap.
    grace = promise.deadline // promise.interval
    short: Points = [(0, "_"), (1, 0), (2, 1), (grace + 10, None), (grace + 12, 1), (AWAY, None), (back, None)]
    late = Workspace("late", promise, last).stateful_set(
        short, [(0, "_"), (1, 0), (grace + 10, None), (grace + 12, 0), (AWAY, None)]
    )
    return Case(
        "down after a long gap is an outage from then on; a late start is none after a short gap",
        STATES,
        all_of(down, was_down, ended, up, woken, begun, anew, anew_again, late),
        [
            total(AWAY - 1, incidents("opened"), 2),
            value(back, "namespace_workspace:touched:bool", None),
            total(last, incidents("opened"), 5),
            total(last, incidents("recovered"), 3),
            total(last, "namespace:workspace_outages_ended:count", 3),
            total(last, incidents("escalated"), 0),
            total(last, "namespace:workspace_outage_seconds:sum", 15 * promise.interval),
        ],
        promise.interval,
    )


def start_unseen(promise: Promise) -> Case:
    """Deadlines that pass while nobody sees: known good ones count, the others are unknown, none fails for that."""
    grace = promise.deadline // promise.interval
    on = 10
    away, back = on + 3, on + grace + 8
    last = back + 20
    both: Points = [(0, 0), (on, 1), (away, None), (back, 1)]
    good = Workspace("good", promise, last).stateful_set(both, [(0, 0), (on + 2, 1), (away, None), (back, 1)])
    good.pod("g", on, [(on + 2, on + 1)], gone=away)
    unseen, apart, canary = (
        Workspace("unseen", promise, last, namespace)
        .stateful_set(both, [(0, 0), (away, None), (back, 1)])
        .pod("u", on, gone=away)
        for namespace in (TEAM, "ws-other", "slate-canary")
    )
    return Case(
        "deadlines that nobody saw pass are unknown, not failed",
        STARTS,
        all_of(good, unseen, apart, canary),
        [
            value(last, "sum(sum_over_time(namespace:workspace_starts_late:count[1d]))", 0),
            value(last, "sum(sum_over_time(namespace:workspace_starts_nopod:count[1d]))", 0),
            total(last, "namespace:workspace_starts_good:count", 1),
            total(last, "namespace:workspace_starts_unknown:count", 1),
            value(last, "sum_over_time(fleet:workspace_starts_unknown:count[1d])", 2),
        ],
        promise.interval,
    )


def gone(promise: Promise, name: str, last: int, away: float, back: float, *, namespace: str = TEAM) -> Workspace:
    """A running workspace of which nothing is seen for a while."""
    points: Points = [(0, 1), (away, None), (back, 1)]
    return Workspace(name, promise, last, namespace).stateful_set(points, points, generation=points)
