"""kube-state-metrics comes and goes: away for one scrape, there for one, and away for more than a day."""

from components.service_levels.promise import Promise
from tests.rules.cases.blindness import AWAY
from tests.rules.cases.outages import incidents
from tests.rules.timeline import STATES, TEAM, Case, Points, Workspace, all_of, available, plain, total, value

BLIND = ((AWAY, AWAY + 1), (AWAY + 4, AWAY + 6), (AWAY + 7, AWAY + 10))
"""From which step to which it is away."""

TOUCHED = "namespace_workspace:touched:bool"
UNKNOWN = "namespace:workspaces_unknown:count"


def cases(promise: Promise) -> list[Case]:
    """Cases of a kube-state-metrics that is away shortly, and for long."""
    return [comes_and_goes(promise), days()]


def comes_and_goes(promise: Promise) -> Case:
    """What happened just before it went is bridged, and nothing is counted again."""
    last = AWAY + 12

    def workspace(name: str, replicas: Points, ready: Points, generation: Points = ((0, 1),)) -> Workspace:
        made = Workspace(name, promise, last)
        return made.stateful_set(flickering(replicas), flickering(ready), generation=flickering(generation))

    on: Points = [(0, 1)]
    stays = workspace("stays", on, on)
    # Put to sleep in the last scrape before, and on in the first one after it: a start.
    woken = workspace("woken", [(0, 1), (AWAY - 1, 0), (AWAY + 1, 1)], [(0, 1), (AWAY - 1, 0), (AWAY + 3, 1)])
    begun = workspace("begun", [(0, 0), (AWAY - 1, 1)], [(0, 0), (AWAY + 3, 1)])
    edited = workspace("edited", on, on, [(0, 1), (AWAY - 1, 2)])
    edited_unseen = workspace("editedunseen", on, on, [(0, 1), (AWAY, 2)])
    # Down in the last scrape before, and up in the first one after it, or in a later one.
    blip = workspace("blip", on, [(0, 1), (AWAY - 1, 0), (AWAY + 1, 1)])
    falls = workspace("falls", on, [(0, 1), (AWAY - 1, 0), (AWAY + 2, 1)])
    falls_unseen = workspace("fallsunseen", on, [(0, 1), (AWAY, 0), (AWAY + 3, 1)])
    # The limit passes in the last scrape before: judged then, and not again.
    too_long: Points = [(0, 1), (AWAY - 2 - promise.limit // promise.interval, 0)]
    overdue = workspace("overdue", on, too_long)
    overdue_sleeps = workspace("overduesleeps", [(0, 1), (AWAY + 1, 0)], too_long)
    # Late starts are no outages, whether the deadline passes in the last scrape before, or soon after it.
    grace = promise.deadline // promise.interval
    late, soon_late = (
        workspace(name, [(0, 0), (at - grace, 1)], [(0, 0)])
        for name, at in (("late", AWAY - 1), ("soonlate", AWAY + 3))
    )
    new = workspace("new", [(0, "_"), (AWAY + 6, 1)], [(0, "_"), (AWAY + 6, 1)])
    sure = {"stays": 1, "edited": 1, "editedunseen": 1, "overdue": 0, "late": 0}
    awake = {**sure, "woken": 1, "begun": 1, "blip": 1, "falls": 1, "fallsunseen": 1, "soonlate": 0}
    team = f'{{namespace="{TEAM}"}}'
    return Case(
        "kube-state-metrics comes and goes: what it told last is bridged",
        STATES,
        all_of(
            stays,
            woken,
            begun,
            edited,
            edited_unseen,
            blip,
            falls,
            falls_unseen,
            overdue,
            overdue_sleeps,
            late,
            soon_late,
            new,
        ),
        [
            available(AWAY - 1, **sure, blip=0, falls=0, fallsunseen=1, overduesleeps=0),
            available(AWAY + 1, **sure, blip=1, falls=0, fallsunseen=0),
            available(AWAY + 2, **sure, blip=1, falls=1, fallsunseen=0),
            available(AWAY + 3, **awake),
            available(AWAY + 6, **awake, new=1),
            available(AWAY + 10, **awake, new=1),
            value(AWAY - 1, TOUCHED, 1, f'{{namespace="{TEAM}", workspace="edited"}}'),
            value(AWAY + 1, TOUCHED, 1, f'{{namespace="{TEAM}", workspace="editedunseen"}}'),
            *(value(step, TOUCHED, None) for step in (AWAY + 2, AWAY + 3, AWAY + 6, AWAY + 10)),
            *(
                value(step, UNKNOWN, number, team)
                for step, number in ((AWAY, 11), (AWAY + 4, 11), (AWAY + 5, 11), (AWAY + 7, 12), (AWAY + 9, 12))
            ),
            total(last, UNKNOWN, 11 + 2 * 11 + 3 * 12),
            total(last, incidents("opened"), 5),
            total(last, incidents("escalated"), 2),
            total(last, incidents("abandoned"), 0),
            total(last, incidents("recovered"), 3),
            total(last, "namespace:workspace_outage_seconds:sum", (2 + 3 + 2) * promise.interval),
        ],
        promise.interval,
    )


def days() -> Case:
    """Away for more than a day: as many workspaces are unknown as were known at last, for as long as it takes."""
    step, away = 240, 5
    day = 86400 // step
    seen: Points = [(0, 1), (away, None)]
    labels = f'{{namespace="{TEAM}",statefulset="a"}}'
    return Case(
        "kube-state-metrics away for more than a day: unknown all the time",
        STATES,
        [
            plain(f"{metric}{labels}", seen, away + day + 20)
            for metric in ("kube_statefulset_replicas", "kube_statefulset_status_replicas_ready")
        ],
        [value(after, UNKNOWN, 1, f'{{namespace="{TEAM}"}}') for after in (away, away + 20, away + day + 20)],
        step,
    )


def flickering(points: Points) -> Points:
    """What is seen of a series in the times between."""
    seen = [point for point in points if not any(begin <= point[0] < end for begin, end in BLIND)]
    for begin, end in BLIND:
        if (value_then := [value for step, value in points if step <= end][-1]) != "_":
            seen += [(begin, None), *([] if any(step == end for step, _ in seen) else [(end, value_then)])]
    return sorted(seen, key=lambda point: point[0])
