"""Outages: from when to when, and how each one ended.

An outage is a run of "down" that follows "up", or one that maintenance or a blind time left behind. Each is judged
once:

| outcome | rule | counts |
|---|---|---|
| recovered | up again within the limit, specification unchanged | healed |
| silent | a container restarted, never seen down | healed |
| assisted | up again within the limit, but the specification changed: a person, or a rollout | not healed |
| escalated | still down after the limit, when a person is called | not healed |
| abandoned | put to sleep or deleted while down, before the limit | not healed |
"""

from components.service_levels.promise import FLEET, Promise
from components.service_levels.promql import (
    AVAILABLE,
    MAINTENANCE,
    OBSERVED,
    WORKSPACE,
    Rule,
    before,
    events,
    fleet,
    record,
)
from components.service_levels.states import RESTARTS, TOUCHED

START = "namespace_workspace:outage_start:timestamp"
OVERDUE = "namespace_workspace:outage_overdue:bool"


def outages(promise: Promise) -> list[Rule]:
    """Recording rules; in one group with the states, as they compare a sample with the one just before it."""
    return [
        outage_start(promise),
        record(OVERDUE, f"(time() - {START} > bool {promise.limit}) == 1"),
        _count("opened", promise, f"  count by (namespace) ({START} == time())"),
        silent(promise),
        _ended("recovered", promise, "unless"),
        _ended("assisted", promise, "and"),
        escalated(promise),
        abandoned(promise),
        _sum("healed", "recovered", "silent"),
        _sum("unhealed", "escalated", "assisted", "abandoned"),
        record(
            "namespace:workspace_outage_seconds:sum",
            events(
                promise,
                f"  sum by (namespace) (time() - {before(START, promise)} and on ({WORKSPACE}) ({AVAILABLE} == 1))",
            ),
        ),
        record(
            "namespace:workspace_outages_ended:count",
            events(promise, f"  count by (namespace) (\n    {_back(promise)}\n  )"),
        ),
        fleet("workspace_incidents_healed:count", FLEET),
        fleet("workspace_incidents_unhealed:count", FLEET),
    ]


def outage_start(promise: Promise) -> Rule:
    """When the outage of a workspace began; absent while there is none.

    It begins when "up" becomes "down"; when a workspace is down as maintenance ends; and when it is down after a blind
    time that was too long to know what was before. A start that is late is no outage: it was never up.
    """
    step = promise.interval
    down = f"({AVAILABLE} == 0) * 0 + time()"
    return record(
        START,
        f"""
  ({down} and on ({WORKSPACE}) ({before(AVAILABLE, promise)} == 1))
or
  ({down} and on () ({MAINTENANCE} offset {step}s == 1))
or
  (
    {down}
    and on () ({OBSERVED} offset {step}s == 0)
    unless on ({WORKSPACE}) {before(AVAILABLE, promise)}
  )
or
  ({before(START, promise)} and on ({WORKSPACE}) ({AVAILABLE} == 0))""",
    )


def silent(promise: Promise) -> Rule:
    """A container restarted between two scrapes that both saw the workspace up."""
    step = promise.interval
    return _count(
        "silent",
        promise,
        f"""
  count by (namespace) (
    ({AVAILABLE} == 1)
    and on ({WORKSPACE}) ({AVAILABLE} offset {step}s == 1)
    and on ({WORKSPACE}) ({RESTARTS} > {RESTARTS} offset {step}s)
  )""",
    )


def escalated(promise: Promise) -> Rule:
    """Past the limit for the first time: now, or unseen before it came back."""
    return _count(
        "escalated",
        promise,
        f"""
  count by (namespace) (
    (
        {OVERDUE}
      or
        (
          {_back(promise)}
          unless on ({WORKSPACE}) {_in_time(promise)}
        )
    )
    unless on ({WORKSPACE}) {before(OVERDUE, promise)}
  )""",
    )


def abandoned(promise: Promise) -> Rule:
    """Put to sleep or deleted while down: somebody gave up."""
    return _count(
        "abandoned",
        promise,
        f"""
  count by (namespace) (
    {before(START, promise)}
    and on () ({OBSERVED} == 1)
    unless on ({WORKSPACE}) {AVAILABLE}
    unless on ({WORKSPACE}) {before(OVERDUE, promise)}
  )""",
    )


def _ended(outcome: str, promise: Promise, touched: str) -> Rule:
    """Up again in time; whether the specification was changed meanwhile tells a person's work from the machine's."""
    return _count(
        outcome,
        promise,
        f"""
  count by (namespace) (
    {_back(promise)}
    and on ({WORKSPACE}) {_in_time(promise)}
    {touched} on ({WORKSPACE}) (max_over_time({TOUCHED}[{promise.limit}s]) == 1)
  )""",
    )


def _back(promise: Promise) -> str:
    return f"({AVAILABLE} == 1) and on ({WORKSPACE}) {before(START, promise)}"


def _in_time(promise: Promise) -> str:
    """Outages of the evaluation before that were within the limit then."""
    return f"(time() - {promise.interval} - {before(START, promise)} <= {promise.limit})"


def _count(outcome: str, promise: Promise, expression: str) -> Rule:
    return record(f"namespace:workspace_incidents_{outcome}:count", events(promise, expression))


def _sum(total: str, *outcomes: str) -> Rule:
    terms = [f"namespace:workspace_incidents_{outcome}:count" for outcome in outcomes]
    return record(f"namespace:workspace_incidents_{total}:count", "  " + "\n+ on (namespace) ".join(terms))
