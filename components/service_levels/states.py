"""The state layer: one tri-state series per workspace, from kube-state-metrics alone.

`namespace_workspace:available:bool` is 1 (up), 0 (down) or absent: asleep, starting, in maintenance, not observed.
Asleep and down differ because a workspace is one StatefulSet whose replicas are 0 when it sleeps on purpose.

Every evaluation reads all workspaces, so what costs is how often a rule looks at them: facts of those that are asleep
are left out early, and what several rules need is written once.
"""

from components.service_levels.promise import FLEET, WATCHED, Promise
from components.service_levels.promql import (
    AVAILABLE,
    DESIRED,
    KNOWN,
    MAINTENANCE,
    NOT_IN_MAINTENANCE,
    OBSERVED,
    WORKSPACE,
    Rule,
    before,
    fleet,
    of_workspace,
    record,
    stateful_set,
)

GENERATION = "namespace_workspace:generation:max"
PROBE = "namespace_workspace:probe:bool"
READY = "namespace_workspace:ready:bool"
RESTARTS = "namespace_workspace:restarts:sum"
STARTING = "namespace_workspace:starting:timestamp"
SWITCHED_ON = "namespace_workspace:switched_on:timestamp"
TOUCHED = "namespace_workspace:touched:bool"

_POD_READY = "namespace_workspace:pod_ready:timestamp"
AWAKE = "namespace:workspaces_awake:count"
_ON = f"({DESIRED} == 1)"
_NOBODY = f"0 * {KNOWN}"


def states(promise: Promise) -> list[Rule]:
    """Recording rules up to the counts of workspaces that are judged, are up, and are not seen."""
    return [
        maintenance(promise),
        observed(promise),
        record(DESIRED, f"{stateful_set('kube_statefulset_replicas')} > bool 0"),
        record(KNOWN, f"count by (namespace) ({DESIRED})"),
        record(READY, _of_awake(f"{stateful_set('kube_statefulset_status_replicas_ready')} > bool 0")),
        record(GENERATION, _of_awake(stateful_set("kube_statefulset_metadata_generation"))),
        restarts(),
        pod_ready(promise),
        switched_on(promise),
        record(PROBE, f'min by ({WORKSPACE}) (probe_success{{job=~"workspace-probe.*",{WATCHED}}})'),
        starting(promise),
        available(),
        touched(promise),
        record("namespace:workspaces_eligible:count", f"  count by (namespace) ({AVAILABLE})\nor\n  {_NOBODY}"),
        record("namespace:workspaces_available:count", f"  sum by (namespace) ({AVAILABLE})\nor\n  {_NOBODY}"),
        record(AWAKE, f"  count by (namespace) {_ON}\nor\n  {_NOBODY}"),
        unknown(promise),
        fleet("workspaces_eligible:count", FLEET),
        fleet("workspaces_available:count", FLEET),
        record("fleet:workspaces_unknown:count", f"sum(namespace:workspaces_unknown:count{{{FLEET}}})"),
    ]


def maintenance(promise: Promise) -> Rule:
    """1 during announced maintenance, else 0: from the settings, not from a person's hand during the event.

    Grafana Cloud's SLOs leave samples inside a window out in the same way.
    """
    terms = [f"vector(time() >= bool {start}) * vector(time() < bool {end})" for start, end in promise.maintenance]
    total = "clamp_max(\n    " + "\n  + ".join(terms) + ",\n  1\n)" if terms else "vector(0)"
    return record(MAINTENANCE, total)


def observed(promise: Promise) -> Rule:
    """1 while kube-state-metrics tells of workspaces, or is up and there are none; else 0, never absent.

    It is blind where its labels are lost (scraped without `honor_labels`, they are called `exported_...`), and for a
    moment where the last workspaces vanish: it answers before it has read anything, after each start of its own.
    """
    lost = WATCHED.replace("namespace", "exported_namespace", 1)
    return record(
        OBSERVED,
        f"""
  clamp_max(count(kube_statefulset_replicas{{{WATCHED}}}), 1)
or
  (
    clamp_max(count(up{{job=~"(.*[-/])?kube-state-metrics"}} == 1), 1)
    unless on () count(kube_statefulset_replicas{{{lost}}})
    unless on () count(last_over_time({KNOWN}[{4 * promise.interval}s]))
  )
or
  vector(0)""",
    )


def _of_awake(expression: str) -> str:
    return f"  {expression}\nand on ({WORKSPACE})\n  {_ON}"


def restarts() -> Rule:
    """Container restarts of a workspace's pod; 0 again with every new pod."""
    counted = f"max by (namespace, pod, uid, container) (kube_pod_container_status_restarts_total{{{WATCHED}}})"
    return record(RESTARTS, f"sum by ({WORKSPACE}) (\n  {of_workspace(counted)}\n)")


def pod_ready(promise: Promise) -> Rule:
    """When a pod of the workspace last became ready, as far as a start may take."""
    reach = promise.deadline + 2 * promise.interval
    times = f"last_over_time(kube_pod_status_ready_time{{{WATCHED}}}[{reach}s])"
    seen = of_workspace(f"{times} > time() - {reach}")
    return record(_POD_READY, f"max by ({WORKSPACE}) (\n  {seen}\n)")


def switched_on(promise: Promise) -> Rule:
    """A lower bound of when the workspace was last switched on: two intervals before it was first seen on.

    The value is carried on from one evaluation to the next. A window that looks for the edge was tried and was wrong on
    starts that are late and on pods that are lost during a start.
    """
    recent = f"kube_statefulset_created{{{WATCHED}}} > time() - {promise.deadline}"
    created = f'max by ({WORKSPACE}) (label_replace({recent}, "workspace", "$1", "statefulset", "(.+)"))'
    return record(
        SWITCHED_ON,
        f"""
  (time() - {2 * promise.interval} + ({before(DESIRED, promise)} == 0 and on ({WORKSPACE}) {_ON}))
or
  ({before(SWITCHED_ON, promise)} and on ({WORKSPACE}) {_ON})
or
  ({created} and on ({WORKSPACE}) {_ON})""",
    )


def starting(promise: Promise) -> Rule:
    """Since when it starts: within the deadline and not ready since; the promise about starts judges it, not this one.

    Times are whole seconds: a pod may be ready in the very second in which its StatefulSet was made.
    """
    return record(
        STARTING,
        f"""
({SWITCHED_ON} > time() - {promise.deadline + 2 * promise.interval})
and on ({WORKSPACE}) ({READY} == 0)
unless on ({WORKSPACE}) ({_POD_READY} >= {SWITCHED_ON})""",
    )


def available() -> Rule:
    """Ready, and every probe that there is agrees; judged only while it is on, not starting, not in maintenance."""
    return record(
        AVAILABLE,
        f"""
(
    {READY} * on ({WORKSPACE}) {PROBE}
  or
    {READY}
)
unless on ({WORKSPACE}) {STARTING}
{NOT_IN_MAINTENANCE}""",
    )


def touched(promise: Promise) -> Rule:
    """1 where the specification changed while the workspace was judged: a person, or a rollout. Else absent."""
    changed = f"({GENERATION} != bool {before(GENERATION, promise)}) == 1"
    return record(TOUCHED, f"{changed}\nand on ({WORKSPACE}) {AVAILABLE}")


def unknown(promise: Promise) -> Rule:
    """How many workspaces nobody sees: as many as were awake when they were seen last; only while blind.

    Not as many as were judged then: in maintenance that is none, and blindness may outlast it.
    """
    own = "namespace:workspaces_unknown:count"
    return record(
        own,
        f"""
(
    {own} offset {promise.interval}s
  or
    last_over_time({AWAKE}[1d])
)
unless on () ({OBSERVED} == 1)
{NOT_IN_MAINTENANCE}""",
    )
