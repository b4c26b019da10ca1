"""Starts: every pod is one attempt, judged once, after its deadline.

    judged   = when the pod was made, by kube_pod_created, of pods whose deadline passed in this evaluation and no other
    reached  = when such a pod first got so far: scheduled, initialized, ready
    duration = first ready - made             good: at most the deadline; fast: at most the cold start's target
    late     = judged and not good, unless its user called it off at once
    nopod    = switched on for as long as the deadline, and there was no pod at all (quota, admission, controller)

Buckets tile by the pod's creation time and not by the time of a sample, so that none is counted twice. The first ready
time counts, as kube-state-metrics tells the last one and a pod may flap. Reference: "workspace SLIs" of the docs page.

All pods are looked at once for each fact; what is judged is few, is written down, and is all that the counts look at.
"""

from components.service_levels.promise import FLEET, WATCHED, Promise
from components.service_levels.promql import (
    DESIRED,
    MAINTENANCE,
    OBSERVED,
    POD,
    WORKSPACE,
    Rule,
    events,
    fleet,
    of_workspace,
    record,
)
from components.service_levels.states import SWITCHED_ON

JUDGED = "namespace_pod:judged_start:timestamp"
REACHED = "namespace_pod:judged_start_reached:timestamp"
LATE = "namespace_pod:late_start:timestamp"

_REACHED = ("scheduled", "initialized", "ready")
STAGES = {
    "schedule": (None, "scheduled"),
    "prepare": ("scheduled", "initialized"),
    "boot": ("initialized", "ready"),
}
"""Parts of a start: waiting for a node; volumes and what runs before; images, and the program until it is ready.

Each begins and ends with what a pod has reached; None is its creation.
"""


def starts(promise: Promise) -> list[Rule]:
    """Recording rules."""
    judged = Judged(promise)
    good = f"({judged.duration} <= {promise.deadline})"
    return [
        judged.pods(),
        *(judged.reached(what) for what in _REACHED),
        judged.late(good),
        judged.count("good", f"  count by (namespace) {good}"),
        judged.count("fast", f"  count by (namespace) ({judged.duration} <= {promise.fast})"),
        record("namespace:workspace_start_seconds:sum", judged.events(f"  sum by (namespace) {good}")),
        *(judged.stage(stage, good) for stage in STAGES),
        judged.count("late", judged.failed(f"and on () ({OBSERVED} == 1)")),
        judged.count("unknown", judged.failed(f"unless on () ({OBSERVED} == 1)")),
        judged.count("nopod", judged.without_pod()),
        record(
            "namespace:workspace_starts_failed:count",
            "namespace:workspace_starts_late:count + on (namespace) namespace:workspace_starts_nopod:count",
        ),
        fleet("workspace_starts_good:count", FLEET),
        fleet("workspace_starts_fast:count", FLEET),
        fleet("workspace_starts_failed:count", FLEET),
        fleet("workspace_starts_unknown:count", FLEET),
        fleet("workspace_start_seconds:sum", FLEET),
    ]


class Judged:
    """The pods whose start is judged in an evaluation.

    They are judged two intervals after the deadline: the scrape that tells of a start in the last second is in by then.
    A Prometheus that was restarted does not end series that it wrote before: their values tell whether they are of now.
    """

    def __init__(self, promise: Promise):
        self.promise = promise
        self.age = promise.deadline + 2 * promise.interval
        self.look = self.age + 4 * promise.interval
        self.oldest = f"time() - {self.age + promise.interval}"
        self.now = f"({JUDGED} > {self.oldest})"
        self.duration = f'({REACHED}{{stage="ready"}} - on ({POD}) {self.now})'

    def pods(self) -> Rule:
        """When each was made, also those that are gone by now."""
        created = f"last_over_time(kube_pod_created{{{WATCHED}}}[{self.look}s])"
        due = of_workspace(f"max by ({POD}) (({created} <= time() - {self.age}) > {self.oldest})")
        return record(JUDGED, due)

    def reached(self, what: str) -> Rule:
        """When each first got so far."""
        first = f"min_over_time(kube_pod_status_{what}_time{{{WATCHED}}}[{self.look}s])"
        return record(REACHED, f"min by ({POD}) ({first})\nand on ({POD})\n{self.now}", stage=what)

    def late(self, good: str) -> Rule:
        """Those that were not ready by the deadline and were not called off: when each was made.

        Called off are pods that hardly lived, of workspaces that were switched off then, also if they are on again.
        """
        scrapes = f"max by ({POD}) (count_over_time(kube_pod_created{{{WATCHED}}}[{self.look}s]))"
        return record(
            LATE,
            f"""
{self.now}
unless on ({POD})
{good}
unless on ({POD}) (
  (
      {self.now} unless on ({WORKSPACE}) ({DESIRED} == 1)
    or
      {self.now} < on ({WORKSPACE}) group_left () {SWITCHED_ON}
  )
  and on ({POD}) ({scrapes} <= {self.promise.cancelled})
)""",
        )

    def count(self, outcome: str, expression: str) -> Rule:
        """A count of starts by namespace."""
        return record(f"namespace:workspace_starts_{outcome}:count", self.events(expression))

    def events(self, expression: str) -> str:
        """Starts that maintenance fell into count neither way, also when they are judged after it."""
        overlapping = f"unless on () (max_over_time({MAINTENANCE}[{self.age}s]) == 1)"
        return f"{events(self.promise, expression)}\n{overlapping}"

    def failed(self, seen: str) -> str:
        """The late ones; `seen` says of which evaluations."""
        return f"  count by (namespace) (({LATE} > {self.oldest}) {seen})"

    def without_pod(self) -> str:
        """Switched on for the whole deadline, by now and not before, and no pod in all that time."""
        deadline = self.promise.deadline
        pods = of_workspace(f"last_over_time(kube_pod_created{{{WATCHED}}}[{deadline}s])")
        return f"""
  count by (namespace) (
    (({SWITCHED_ON} <= time() - {self.age}) > {self.oldest})
    and on ({WORKSPACE}) ({DESIRED} == 1)
    and on () ({OBSERVED} == 1)
    unless on ({WORKSPACE})
    {pods}
  )"""

    def stage(self, stage: str, good: str) -> Rule:
        """Seconds that good starts spent in one of `STAGES`."""
        begin, end = STAGES[stage]
        since = self.now if begin is None else f'{REACHED}{{stage="{begin}"}}'
        spent = f'{REACHED}{{stage="{end}"}} - on ({POD}) {since}'
        spent = f"  sum by (namespace) (\n    {spent}\n    and on ({POD})\n    {good}\n  )"
        return record("namespace:workspace_start_stage_seconds:sum", self.events(spent), stage=stage)
