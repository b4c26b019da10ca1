"""Sleep: no downtime by itself, and the end of an outage that it finds."""

from components.service_levels.promise import Promise
from tests.rules.cases.outages import DOWN, OUTCOMES, incidents
from tests.rules.timeline import LONG_AGO, STARTS, STATES, Case, Workspace, all_of, available, total, value


def cases(promise: Promise) -> list[Case]:
    """Cases of sleep."""
    return [slept(promise), slept_down(promise)]


def slept(promise: Promise) -> Case:
    """Put to sleep and woken: no outage, also where the start is late."""
    grace = promise.deadline // promise.interval
    wake, late = DOWN + 4, DOWN + 4 + grace + 6
    last = late + 20
    sleeper = Workspace("sleeper", promise, last).stateful_set(
        [(0, 1), (DOWN, 0), (wake, 1)], [(0, 1), (DOWN, 0), (late, 1)], generation=[(0, 1), (DOWN, 2), (wake, 3)]
    )
    sleeper.pod("s1", -300, [(0, -299)], gone=DOWN + 1).pod("s2", wake, [(late, late - 0.5)])
    return Case(
        "sleep is no downtime; a late start is a failed start and no outage",
        STARTS,
        all_of(sleeper),
        [
            available(DOWN + 2),
            available(wake + 2),
            available(late - 2, sleeper=0),
            available(late + 2, sleeper=1),
            total(last, incidents("opened"), 0),
            *(total(last, incidents(outcome), 0) for outcome in OUTCOMES),
            total(last, "namespace:workspace_outages_ended:count", 0),
            total(last, "namespace:workspace_starts_late:count", 1),
        ],
        promise.interval,
    )


def slept_down(promise: Promise) -> Case:
    """Put to sleep while down, and woken late: what was given up does not come to life again."""
    grace = promise.deadline // promise.interval
    wake, late = DOWN + 4, DOWN + 4 + grace + 6
    last = late + 20
    broken = Workspace("broken", promise, last).stateful_set(
        [(0, 1), (DOWN, 0), (wake, 1)], [(0, 1), (DOWN - 2, 0), (late, 1)]
    )
    # Ready for a moment just before it sleeps: that is no start of what is woken then.
    hasty = Workspace("hasty", promise, last).stateful_set(
        [(0, 1), (DOWN, 0), (DOWN + 1, 1)], [(0, 1), (DOWN - 3, 0), (DOWN + 5, 1)]
    )
    hasty.pod("h", LONG_AGO, [(0, LONG_AGO), (DOWN - 3, None), (DOWN, DOWN - 0.5)], gone=DOWN + 1)
    return Case(
        "given up, and a late start after it: one outage, and it is over",
        STATES,
        all_of(broken, hasty),
        [
            available(DOWN + 2, hasty=0),
            available(late - 2, broken=0, hasty=1),
            value(late - 2, "namespace_workspace:outage_start:timestamp", None),
            total(last, incidents("opened"), 2),
            *(total(last, incidents(outcome), 2 * (outcome == "abandoned")) for outcome in OUTCOMES),
            total(last, "namespace:workspace_outages_ended:count", 0),
        ],
        promise.interval,
    )
