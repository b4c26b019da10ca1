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
OPEN = "namespace_workspace:outage_open:timestamp"
"""The last evaluation in which it was open."""
SEEN = "workspace:seen:timestamp"
"""The last evaluation in which anything was seen."""
ENDED = "namespace_workspace:ended_outage_start:timestamp"
"""When the outage began that ended in this evaluation with the workspace up again."""
_JUST_ENDED = f"({ENDED} and (timestamp({ENDED}) == time()))"


def outages(promise: Promise) -> list[Rule]:
    """Recording rules; in one group with the states, as they compare a sample with the one just before it."""
    return [
        outage_start(promise),
        record(OPEN, f"timestamp({START}) == time()"),
        record(SEEN, f"time() * ({OBSERVED} == 1)"),
        _count("opened", promise, f"  count by (namespace) ({START} == time())"),
        record(ENDED, f"{_open_before(promise)} and on ({WORKSPACE}) ({AVAILABLE} == 1)"),
        silent(promise),
        _ended("recovered", promise, "unless"),
        _ended("assisted", promise, "and"),
        escalated(promise),
        abandoned(promise),
        _sum("healed", "recovered", "silent"),
        _sum("unhealed", "escalated", "assisted", "abandoned"),
        record(
            "namespace:workspace_outage_seconds:sum",
            events(promise, f"  sum by (namespace) (time() - {_JUST_ENDED})"),
        ),
        record(
            "namespace:workspace_outages_ended:count",
            events(promise, f"  count by (namespace) {_JUST_ENDED}"),
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
    down = f"({AVAILABLE} == 0) + time()"
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
    unless on ({WORKSPACE}) last_over_time({AVAILABLE}[{promise.limit}s] offset {step}s)
  )
or
  ({_open_before(promise)} and on ({WORKSPACE}) ({AVAILABLE} == 0))""",
    )


def silent(promise: Promise) -> Rule:
    """A container restarted between two scrapes that both saw the workspace up."""
    step = promise.interval
    return _count(
        "silent",
        promise,
        f"""
  count by (namespace) (
    ({RESTARTS} > {RESTARTS} offset {step}s)
    and on ({WORKSPACE}) ({AVAILABLE} == 1)
    and on ({WORKSPACE}) ({AVAILABLE} offset {step}s == 1)
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
        (({START} < time() - {promise.limit}) and on ({WORKSPACE}) ({OPEN} == time()))
      or
        ({_JUST_ENDED} < time() - {promise.limit + promise.interval})
    )
    unless on ({WORKSPACE})
    ({_open_before(promise)} < on () group_left () ({_last_seen(promise)} - {promise.limit}))
  )""",
    )


def abandoned(promise: Promise) -> Rule:
    """Put to sleep or deleted while down, and within the limit: somebody gave up."""
    return _count(
        "abandoned",
        promise,
        f"""
  count by (namespace) (
    ({_open_before(promise)} >= on () group_left () ({_last_seen(promise)} - {promise.limit}))
    and on () ({OBSERVED} == 1)
    unless on ({WORKSPACE}) {AVAILABLE}
  )""",
    )


def _ended(outcome: str, promise: Promise, touched: str) -> Rule:
    """Up again in time; whether the specification was changed meanwhile tells a person's work from the machine's."""
    return _count(
        outcome,
        promise,
        f"""
  count by (namespace) (
    ({_JUST_ENDED} >= time() - {promise.limit + promise.interval})
    {touched} on ({WORKSPACE}) (max_over_time({TOUCHED}[{promise.limit}s]) == 1)
  )""",
    )


def _open_before(promise: Promise) -> str:
    """When the outages began that were open when the workspace was last seen, as far back as an outage may last.

    That is the evaluation before, or the last one before a blind time. What was written earlier is over, and must not
    be found again: not after a blind time, and not by a Prometheus that was restarted, whose series have no end.
    """
    still = f"{_before(OPEN, promise)} >= on () group_left () {_last_seen(promise)}"
    return f"({_before(START, promise)} and on ({WORKSPACE}) ({still}))"


def _last_seen(promise: Promise) -> str:
    """The last evaluation before this one in which anything was seen."""
    return _before(SEEN, promise)


def _before(series: str, promise: Promise) -> str:
    return f"last_over_time({series}[{promise.limit}s] offset {promise.interval}s)"


def _count(outcome: str, promise: Promise, expression: str) -> Rule:
    return record(f"namespace:workspace_incidents_{outcome}:count", events(promise, expression))


def _sum(total: str, *outcomes: str) -> Rule:
    terms = [f"namespace:workspace_incidents_{outcome}:count" for outcome in outcomes]
    return record(f"namespace:workspace_incidents_{total}:count", "  " + "\n+ on (namespace) ".join(terms))
