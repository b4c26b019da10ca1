"""What the health check inside a pod has said, as the kubelet's events tell it.

A running container may hold a user's work, so that it is not ready does not suffice to end it: a check that ran out of
time says nothing but that the pod is busy. Only a fault that the check itself has found counts, and only one of those
that a new pod may mend: its report (images/workspace/health_check.py) says so by `"restart": true`.
"""

import datetime
import json
from collections.abc import Iterable
from enum import Enum

from services.service_levels.kubernetes import Object
from services.service_levels.remediator.facts import moment

LOOK_BACK = datetime.timedelta(minutes=5)
"""A check fails a few times before the pod counts as not ready, and the kubelet may merge events."""


class Verdict(Enum):
    """What the newest report says."""

    MENDABLE = "the health check found what a new pod may mend"
    NOT_MENDABLE = "the health check found what a new pod does not mend, or what may be a busy workspace"
    UNKNOWN = "no report of the health check tells why: it may be busy"


def verdict(events: Iterable[Object], since: datetime.datetime) -> Verdict:
    """Judge by the newest event of the readiness check.

    Args:
        events: The pod's events with the reason `Unhealthy`.
        since: When the pod became not ready; events from long before are about something else.
    """
    own = [(when, event) for event in events if (when := _when(event)) and _is_readiness(event)]
    newest = max(own, key=lambda item: item[0], default=None)
    if newest is None or newest[0] < since - LOOK_BACK:
        return Verdict.UNKNOWN
    return _judge(newest[1]["message"])


def _is_readiness(event: Object) -> bool:
    return "Readiness probe" in (event.get("message") or "")


def _when(event: Object) -> datetime.datetime | None:
    """When an event was last seen."""
    series = (event.get("series") or {}).get("lastObservedTime")
    times = [moment(text) for text in (event.get("lastTimestamp"), event.get("eventTime"), series)]
    return max((time for time in times if time), default=None)


def _judge(message: str) -> Verdict:
    start = message.find("{")
    try:
        report, _ = json.JSONDecoder().raw_decode(message[start:])
        problems = report["problems"]
        mendable = [problem["restart"] is True for problem in problems]
    except (ValueError, KeyError, TypeError):
        return Verdict.UNKNOWN
    if not mendable:
        return Verdict.UNKNOWN
    return Verdict.MENDABLE if all(mendable) else Verdict.NOT_MENDABLE
