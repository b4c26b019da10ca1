"""A Prometheus that was restarted: series that it wrote before have no end, and are found for five minutes more."""

from components.service_levels.promise import Promise
from tests.rules.cases.outages import incidents
from tests.rules.timeline import STARTS, TEAM, Case, Workspace, all_of, plain, total, value


def cases(promise: Promise) -> list[Case]:
    """Cases of restarts."""
    return [left_over(promise), left_over_unseen(promise)]


def left_over(promise: Promise) -> Case:
    """What was judged before, or ends with the restart, is counted once and not at every evaluation after it.

    The first step is the last evaluation before the restart, for the series that are given; no sample ends them.
    """
    last = length(promise)
    age = promise.deadline + 2 * promise.interval
    made = -age - promise.interval
    back = Workspace("back", promise, last).running()
    # Up again in time, and soon after that the limit would have passed.
    nearly = Workspace("nearly", promise, last).running()
    slept = Workspace("slept", promise, last).stateful_set([(0, 0)], [(0, 0)])
    off = Workspace("off", promise, last).stateful_set([(0, 0)], [(0, 0)])
    return Case(
        "what a restarted Prometheus finds of the time before is not counted anew",
        STARTS,
        [
            *all_of(back, nearly, slept, off),
            written_before("namespace_pod:judged_start:timestamp", of_pod("good"), made, last),
            *(
                written_before(
                    "namespace_pod:judged_start_reached:timestamp",
                    of_pod("good") + f',stage="{stage}"',
                    made + seconds,
                    last,
                )
                for stage, seconds in (("scheduled", 1), ("initialized", 2), ("ready", 4))
            ),
            written_before("namespace_pod:judged_start:timestamp", of_pod("late"), made, last),
            written_before("namespace_pod:late_start:timestamp", of_pod("late"), made, last),
            *(
                written_before(f"namespace_workspace:outage_{what}:timestamp", of_workspace(name), written, last)
                for name, start in (
                    ("back", -promise.interval),
                    ("nearly", 3 * promise.interval - 1 - promise.limit),
                    ("slept", -promise.interval),
                )
                for what, written in (("start", start), ("open", 0))
            ),
            # It ended in that very evaluation: counted in it, and not later.
            written_before("namespace_workspace:ended_outage_start:timestamp", of_workspace("over"), -60, last),
            # It would be judged as one without a pod soon, had it not been switched off meanwhile.
            written_before(
                "namespace_workspace:switched_on:timestamp", of_workspace("off"), 3 * promise.interval - age, last
            ),
        ],
        [
            *(
                total(last, f"namespace:workspace_starts_{outcome}:count", 0)
                for outcome in ("good", "fast", "late", "nopod", "unknown")
            ),
            total(last, "namespace:workspace_start_seconds:sum", 0),
            total(last, "namespace:workspace_start_stage_seconds:sum", 0),
            total(last, incidents("recovered"), 3),
            total(last, incidents("abandoned"), 1),
            total(last, incidents("escalated"), 0),
            total(last, "namespace:workspace_outages_ended:count", 3),
            total(last, "namespace:workspace_outage_seconds:sum", promise.limit + 1 + 60),
        ],
        promise.interval,
    )


def left_over_unseen(promise: Promise) -> Case:
    """The same where kube-state-metrics is away as well: nothing of the time before is judged again as unseen."""
    last = length(promise)
    age = promise.deadline + 2 * promise.interval
    return Case(
        "what a restarted Prometheus finds of the time before is not counted where nobody sees",
        STARTS,
        [
            written_before("namespace_pod:judged_start:timestamp", of_pod("late"), -age - promise.interval, last),
            written_before("namespace_pod:late_start:timestamp", of_pod("late"), -age - promise.interval, last),
            # Its deadline passes a few evaluations later.
            written_before("namespace_workspace:desired:bool", of_workspace("off"), 1, last),
            written_before(
                "namespace_workspace:switched_on:timestamp", of_workspace("off"), 3 * promise.interval - age, last
            ),
        ],
        [
            value(last, f"sum_over_time(namespace:workspace_starts_{outcome}:count[1d]) > 0", None)
            for outcome in ("late", "unknown", "nopod")
        ],
        promise.interval,
    )


def length(promise: Promise) -> int:
    """Steps until series without an end are not found any more."""
    return 300 // promise.interval + 5


def written_before(name: str, labels: str, written: float, last: int) -> dict[str, str]:
    """A series that was written in the last evaluation before the restart, and not ended."""
    return plain(f"{name}{{{labels}}}", [(0, written), (1, "_")], last)


def of_workspace(name: str) -> str:
    """Labels of a workspace."""
    return f'namespace="{TEAM}",workspace="{name}"'


def of_pod(name: str) -> str:
    """Labels of a workspace's pod."""
    return f'namespace="{TEAM}",pod="{name}-0",uid="{name}",workspace="{name}"'
