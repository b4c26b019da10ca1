"""Words that the rules are written in.

PromQL here stays within what Prometheus 2.42 and 3.x evaluate alike: no window holds a number of samples that matters,
no matcher names a float's spelling.
"""

from typing import Any

from components.service_levels.promise import WATCHED, Promise

Rule = dict[str, Any]
Group = dict[str, Any]

WORKSPACE = "namespace, workspace"
POD = "namespace, pod, uid"
AVAILABLE = "namespace_workspace:available:bool"
DESIRED = "namespace_workspace:desired:bool"
KNOWN = "namespace:workspaces:count"
OBSERVED = "workspace:observed:bool"
MAINTENANCE = "workspace:maintenance:bool"

NOT_IN_MAINTENANCE = f"unless on () ({MAINTENANCE} == 1)"


def record(name: str, expression: str, **labels: str) -> Rule:
    """A recording rule; lines of the expression are set off as they stand, without the indent of the source."""
    rule: Rule = {"record": name, "expr": expression.strip("\n")}
    return rule | ({"labels": labels} if labels else {})


def stateful_set(metric: str) -> str:
    """A metric of StatefulSets, one series a workspace; `max`, as an update runs two kube-state-metrics for a while."""
    named = f'label_replace({metric}{{{WATCHED}}}, "workspace", "$1", "statefulset", "(.+)")'
    return f"max by ({WORKSPACE}) ({named})"


def of_workspace(expression: str) -> str:
    """Series of pods with the label `workspace`: pods of a StatefulSet are called `<name>-<ordinal>`."""
    return f'label_replace({expression}, "workspace", "$1", "pod", "(.+)-[0-9]+")'


def before(series: str, promise: Promise) -> str:
    """Value at the evaluation before this one.

    Where that one was blind (kube-state-metrics away, or Prometheus itself), the last value of the time before, as far
    as an outage may last: what went on unseen is one thing with what was seen.
    """
    step, reach = promise.interval, promise.limit
    bridge = f"last_over_time({series}[{reach}s] offset {step}s) unless on () ({OBSERVED} offset {step}s == 1)"
    return f"({series} offset {step}s or ({bridge}))"


def zero(promise: Promise) -> str:
    """0 for each namespace with a workspace, now or at the evaluation before: one that was just deleted counts."""
    return f"0 * ({KNOWN} or {KNOWN} offset {promise.interval}s)"


def events(promise: Promise, expression: str) -> str:
    """A count by namespace: 0 where there is nothing to count, absent where nobody could see; not in maintenance."""
    return f"(\n{expression.strip(chr(10))}\n  or\n  {zero(promise)}\n)\n{NOT_IN_MAINTENANCE}"


def fleet(name: str, selector: str) -> Rule:
    """The sum of a count over the projects: 0 where kube-state-metrics is seen, absent where it is not."""
    total = f"  sum(namespace:{name}{{{selector}}})\nor\n  0 * ({OBSERVED} == 1)"
    return record(f"fleet:{name}", total)


def group(name: str, interval: str, rules: list[Rule]) -> Group:
    """A group of rules, evaluated in their order."""
    return {"name": name, "interval": interval, "rules": rules}
