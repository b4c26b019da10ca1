"""Starts: every pod is one attempt, judged once, after its deadline.

    created  = when the pod was made, by kube_pod_created, also of pods that are gone by now
    decided  = created, of pods whose deadline passed in this evaluation and in no other
    duration = first ready - created          good: at most the deadline; fast: at most the cold start's target
    late     = decided and not good, unless its user called it off at once
    nopod    = switched on for as long as the deadline, and there was no pod at all (quota, admission, controller)

Buckets tile by the pod's creation time and not by the time of a sample, so that none is counted twice. The first ready
time counts, as kube-state-metrics tells the last one and a pod may flap. Reference: "workspace SLIs" of the docs page.
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
    stateful_set,
)
from components.service_levels.states import SWITCHED_ON

STAGES = {
    "schedule": ("kube_pod_created", "kube_pod_status_scheduled_time"),
    "prepare": ("kube_pod_status_scheduled_time", "kube_pod_status_initialized_time"),
    "boot": ("kube_pod_status_initialized_time", "kube_pod_status_ready_time"),
}
"""Parts of a start: waiting for a node; volumes and what runs before; images, and the program until it is ready."""


def starts(promise: Promise) -> list[Rule]:
    """Recording rules."""
    judged = Judged(promise)
    return [
        judged.count("good", f"  count by (namespace) ({judged.duration} <= {promise.deadline})"),
        judged.count("fast", f"  count by (namespace) ({judged.duration} <= {promise.fast})"),
        record(
            "namespace:workspace_start_seconds:sum",
            judged.events(f"  sum by (namespace) ({judged.duration} <= {promise.deadline})"),
        ),
        *(judged.stage(stage) for stage in STAGES),
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
    """

    def __init__(self, promise: Promise):
        self.promise = promise
        self.age = promise.deadline + 2 * promise.interval
        self.look = self.age + 4 * promise.interval
        self.created = f"max by ({POD}) (last_over_time(kube_pod_created{{{WATCHED}}}[{self.look}s]))"
        self.decided = f"(({self.created} <= time() - {self.age}) > time() - {self.age + promise.interval})"
        ready = self._first("kube_pod_status_ready_time")
        self.duration = f"(\n      {ready}\n    - on ({POD})\n      {self.decided}\n  )"

    def count(self, outcome: str, expression: str) -> Rule:
        """A count of starts by namespace."""
        return record(f"namespace:workspace_starts_{outcome}:count", self.events(expression))

    def events(self, expression: str) -> str:
        """Starts that maintenance fell into count neither way, also when they are judged after it."""
        overlapping = f"unless on () (max_over_time({MAINTENANCE}[{self.age}s]) == 1)"
        return f"{events(self.promise, expression)}\n{overlapping}"

    def failed(self, seen: str) -> str:
        """Not ready by the deadline and not called off; `seen` says of which evaluations."""
        return f"""
  count by (namespace) (
    {
            of_workspace(f'''
      {self.decided}
      unless on ({POD})
      ({self.duration} <= {self.promise.deadline})
    ''')
        }
    unless on ({POD}) (
      {self._called_off()}
    )
    {seen}
  )"""

    def without_pod(self) -> str:
        """Switched on for the whole deadline, off just before (or just made), and no pod."""
        promise = self.promise
        made = stateful_set("kube_statefulset_created")
        just_made = f"(({made} <= time() - {promise.deadline}) > time() - {promise.deadline + promise.interval})"
        pods = of_workspace(f"max by ({POD}) (last_over_time(kube_pod_created{{{WATCHED}}}[{promise.deadline}s]))")
        return f"""
  count by (namespace) (
    (min_over_time({DESIRED}[{promise.deadline}s]) == 1)
    and on ({WORKSPACE}) (
        min_over_time({DESIRED}[{promise.deadline + promise.interval}s]) == 0
      or
        {just_made}
    )
    and on () ({OBSERVED} == 1)
    unless on ({WORKSPACE})
    {pods}
  )"""

    def stage(self, stage: str) -> Rule:
        """Seconds that good starts spent in one of `STAGES`."""
        begin, end = (self._first(metric) for metric in STAGES[stage])
        good = f"({self.duration} <= {self.promise.deadline})"
        spent = f"  sum by (namespace) (\n    {end}\n    - on ({POD})\n    {begin}\n    and on ({POD})\n    {good}\n  )"
        return record("namespace:workspace_start_stage_seconds:sum", self.events(spent), stage=stage)

    def _called_off(self) -> str:
        """Pods that hardly lived, of workspaces that were switched off then, also if they are on again by now."""
        scrapes = f"max by ({POD}) (count_over_time(kube_pod_created{{{WATCHED}}}[{self.look}s]))"
        brief = of_workspace(f"({scrapes} <= {self.promise.cancelled})")
        since = f"({of_workspace(self.decided)} < on ({WORKSPACE}) group_left () {SWITCHED_ON})"
        return f"({brief} unless on ({WORKSPACE}) ({DESIRED} == 1)) or ({brief} and on ({POD}) {since})"

    def _first(self, metric: str) -> str:
        return f"min by ({POD}) (min_over_time({metric}{{{WATCHED}}}[{self.look}s]))"
