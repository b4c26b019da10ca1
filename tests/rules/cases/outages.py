"""Outages: each is judged once, and how."""

from components.service_levels.promise import Promise
from tests.rules.timeline import STARTS, STATES, TEAM, Case, Workspace, all_of, available, total, value

DOWN = 25
OUTCOMES = ("silent", "recovered", "assisted", "escalated", "abandoned")


def incidents(outcome: str) -> str:
    """The series that counts an outcome."""
    return f"namespace:workspace_incidents_{outcome}:count"


def cases(promise: Promise) -> list[Case]:
    """Cases of outages."""
    return [
        judged_once(promise),
        limit(promise),
        lost_node(promise),
        deleted(promise),
    ]


def judged_once(promise: Promise) -> Case:
    """Every outcome, side by side."""
    reach = promise.limit // promise.interval
    last = DOWN + 3 * reach + 20
    middle, long = reach // 3, reach + reach // 2

    def workspace(name: str, *down: tuple[float, float], generation: tuple = ((0, 1),)) -> Workspace:
        return Workspace(name, promise, last).running(down=down, generation=generation)

    healed = workspace("healed", (DOWN, DOWN + middle))
    escalated = workspace("escalated", (DOWN, DOWN + long))
    silent = Workspace("silent", promise, last).stateful_set([(0, 1)], [(0, 1)])
    silent.pod("s", -300, [(0, -299), (DOWN, DOWN - 0.3)], restarts=[(0, 3), (DOWN, 4)])
    silent_too = Workspace("silenttoo", promise, last).stateful_set([(0, 1)], [(0, 1)])
    silent_too.pod("st", -300, [(0, -299)], restarts=[(0, 0), (DOWN + 3, 1)])
    # Restarts of a container that are seen as outages are not silent, whichever of the two a scrape tells first.
    restarted = Workspace("restarted", promise, last).stateful_set([(0, 1)], [(0, 1), (DOWN, 0), (DOWN + 1, 1)])
    restarted.pod("rd", -300, [(0, -299)], restarts=[(0, 0), (DOWN + 1, 1)])
    restarting = Workspace("restarting", promise, last).stateful_set([(0, 1)], [(0, 1), (DOWN, 0), (DOWN + 2, 1)])
    restarting.pod("rg", -300, [(0, -299)], restarts=[(0, 0), (DOWN, 1)])
    assisted = workspace("assisted", (DOWN, DOWN + middle), generation=((0, 1), (DOWN + 2, 2)))
    # A specification that changed long before has nothing to do with it.
    before = workspace("before", (DOWN, DOWN + middle), generation=((0, 1), (DOWN - reach + middle - 2, 2)))
    given_up = Workspace("givenup", promise, last).stateful_set(
        [(0, 1), (DOWN + 4, 0)], [(0, 1), (DOWN, 0)], generation=[(0, 1), (DOWN + 4, 2)]
    )
    given_up.pod("g", -300, [(0, -299)], gone=DOWN + 5)
    flapping = workspace("flapping", (DOWN, DOWN + 2), (DOWN + 10, DOWN + 12))
    replaced = Workspace("replaced", promise, last).stateful_set([(0, 1)], [(0, 1), (DOWN, 0), (DOWN + 7, 1)])
    replaced.pod("r1", -300, [(0, -299)], gone=DOWN + 5).pod("r2", DOWN + 5, [(DOWN + 7, DOWN + 6.5)])
    # Put to sleep after a person was called: judged already.
    given_up_late = Workspace("givenuplate", promise, last).stateful_set(
        [(0, 1), (DOWN + reach + 5, 0)], [(0, 1), (DOWN, 0)]
    )
    # Of another project, and the canary: it is not the fleet's.
    apart = Workspace("apart", promise, last, "ws-other").running(down=[(DOWN, DOWN + 2)])
    apart_too = Workspace("aparttoo", promise, last, "ws-other").running(down=[(DOWN, DOWN + long)])
    canary = Workspace("canary", promise, last, "slate-canary").running(down=[(DOWN, DOWN + 2), (DOWN + 9, last)])
    everyone = (
        healed,
        escalated,
        silent,
        silent_too,
        assisted,
        before,
        given_up,
        flapping,
        replaced,
        restarted,
        restarting,
        given_up_late,
        apart,
        apart_too,
        canary,
    )
    seconds = (3 * middle + long + 2 + 2 + 7 + 1 + 2) * promise.interval
    expected = {"silent": 2, "recovered": 7, "assisted": 1, "escalated": 2, "abandoned": 1}
    return Case(
        "every outage is judged exactly once: recovered, silent, assisted, escalated, abandoned",
        STARTS,
        all_of(*everyone),
        [
            total(last, incidents("opened"), 11),
            *(total(last, incidents(outcome), expected[outcome]) for outcome in OUTCOMES),
            total(last, incidents("healed"), 9),
            total(last, incidents("unhealed"), 4),
            total(last, "namespace:workspace_outages_ended:count", 9),
            total(last, "namespace:workspace_outage_seconds:sum", seconds),
            total(last, "namespace:workspace_starts_failed:count", 0),
            value(last, "sum_over_time(fleet:workspace_incidents_healed:count[1d])", 10),
            value(last, "sum_over_time(fleet:workspace_incidents_unhealed:count[1d])", 5),
        ],
        promise.interval,
    )


def limit(promise: Promise) -> Case:
    """Back exactly at the limit is healed; a step later a person has been called."""
    reach = promise.limit // promise.interval
    last = DOWN + 2 * reach
    just = Workspace("just", promise, last).running(down=[(DOWN, DOWN + reach + 1)])
    after = Workspace("after", promise, last, namespace="ws-other").running(down=[(DOWN, DOWN + reach + 2)])
    # The same with a person's help.
    changed = ((0, 1), (DOWN + reach - 3, 2))
    by_hand = Workspace("byhand", promise, last, namespace="ws-hand").running(
        down=[(DOWN, DOWN + reach + 1)], generation=changed
    )
    too_late = Workspace("toolate", promise, last, namespace="ws-late").running(
        down=[(DOWN, DOWN + reach + 2)], generation=changed
    )
    # Put to sleep in the last evaluation within the limit, and in the one after it.
    asleep, asleep_late = (
        Workspace(name, promise, last, namespace=f"ws-{name}").stateful_set(
            [(0, 1), (DOWN + steps, 0)], [(0, 1), (DOWN, 0)]
        )
        for name, steps in (("asleep", reach + 1), ("asleeplate", reach + 2))
    )
    return Case(
        "back at the limit is healed, one step later is not",
        STATES,
        all_of(just, after, by_hand, too_late, asleep, asleep_late),
        [
            total(last, incidents("recovered"), 1),
            total(last, incidents("escalated"), 0),
            total(last, incidents("recovered"), 0, "ws-other"),
            total(last, incidents("escalated"), 1, "ws-other"),
            total(last, incidents("assisted"), 1, "ws-hand"),
            total(last, incidents("assisted"), 0, "ws-late"),
            total(last, incidents("escalated"), 1, "ws-late"),
            total(last, incidents("abandoned"), 1, "ws-asleep"),
            total(last, incidents("escalated"), 0, "ws-asleep"),
            total(last, incidents("abandoned"), 0, "ws-asleeplate"),
            total(last, incidents("escalated"), 1, "ws-asleeplate"),
            # Counted when it is due, not when it is over.
            total(DOWN + reach, incidents("escalated"), 0, "ws-other"),
            total(DOWN + reach + 1, incidents("escalated"), 1, "ws-other"),
        ],
        promise.interval,
    )


def lost_node(promise: Promise) -> Case:
    """A pod on a lost node stays, not ready, until somebody fences the node: one escalated outage, however long."""
    reach = promise.limit // promise.interval
    last = DOWN + 4 * reach
    lost = Workspace("lost", promise, last).stateful_set([(0, 1)], [(0, 1), (DOWN, 0), (DOWN + 3 * reach, 1)])
    lost.pod("l1", -300, [(0, -299), (DOWN, None)], gone=DOWN + 3 * reach - 3)
    lost.pod("l2", DOWN + 3 * reach - 3, [(DOWN + 3 * reach, DOWN + 3 * reach - 1)])
    return Case(
        "a lost node is one escalated outage, however long it lasts",
        STARTS,
        all_of(lost),
        [
            available(DOWN + 2 * reach, lost=0),
            total(last, incidents("opened"), 1),
            total(last, incidents("escalated"), 1),
            total(last, incidents("recovered"), 0),
            total(last, "namespace:workspace_outages_ended:count", 1),
            total(last, "namespace:workspace_outage_seconds:sum", 3 * promise.limit),
            value(DOWN + 2, "namespace_workspace:outage_start:timestamp", DOWN * promise.interval, _labels("lost")),
        ],
        promise.interval,
    )


def deleted(promise: Promise) -> Case:
    """Deleted while down, also the last one of its project: given up. Deleted while up: nothing."""
    last = DOWN + 20
    first = Workspace("first", promise, last).stateful_set(
        [(0, 1), (DOWN + 5, None)], [(0, 1), (DOWN, 0), (DOWN + 5, None)]
    )
    first.pod("f", -300, [(0, -299)], gone=DOWN + 5)
    kept = Workspace("kept", promise, last).running()
    happy = Workspace("happy", promise, last).stateful_set([(0, 1), (DOWN, None)], [(0, 1), (DOWN, None)])
    only = Workspace("only", promise, last, namespace="ws-other").stateful_set(
        [(0, 1), (DOWN + 5, None)], [(0, 1), (DOWN, 0), (DOWN + 5, None)]
    )
    only_up = Workspace("onlyup", promise, last, namespace="ws-third")
    only_up.stateful_set([(0, 1), (DOWN, None)], [(0, 1), (DOWN, None)])
    counts = 'count by (namespace) ({__name__=~"namespace:workspace_(incidents|outage).+",namespace="%s"})'
    return Case(
        "deleted while down is given up, also the last one of a project; deleted while up is nothing",
        STATES,
        all_of(first, kept, happy, only, only_up),
        [
            total(last, incidents("opened"), 1),
            total(last, incidents("abandoned"), 1),
            total(last, incidents("abandoned"), 1, "ws-other"),
            total(last, incidents("unhealed"), 1, "ws-other"),
            total(last, incidents("recovered"), 0),
            value(last, "namespace:workspaces_unknown:count", None),
            # Counts end one evaluation after the last workspace of a project.
            value(DOWN + 5, counts % "ws-other", 10, '{namespace="ws-other"}'),
            value(DOWN + 6, counts % "ws-other", None),
            value(DOWN, counts % "ws-third", 10, '{namespace="ws-third"}'),
            value(DOWN + 1, counts % "ws-third", None),
        ],
        promise.interval,
    )


def _labels(workspace: str) -> str:
    return f'{{namespace="{TEAM}", workspace="{workspace}"}}'
