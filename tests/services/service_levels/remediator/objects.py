"""A workspace that is down for good, as the API server shows it; tests change what they are about."""

import copy
import datetime
import json
from typing import Any

from services.service_levels.remediator.alerts import Target
from services.service_levels.remediator.facts import Facts

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
TARGET = Target("ws-vision", "alice")
LABELS = {"app.kubernetes.io/component": "workspace", "slate.dev/workspace": "alice"}


def ago(seconds: float) -> str:
    """A time before now, as the API writes it."""
    return (NOW - datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def stateful_set() -> dict[str, Any]:
    metadata = {"name": "alice", "namespace": "ws-vision", "uid": "set", "labels": dict(LABELS), "annotations": {}}
    return {"metadata": metadata, "spec": {"replicas": 1}}


def pod() -> dict[str, Any]:
    """Its container crashes since ten minutes, and was well for an hour before."""
    owner = {"kind": "StatefulSet", "name": "alice", "uid": "set", "controller": True}
    return {
        "metadata": {
            "name": "alice-0",
            "uid": "pod",
            "resourceVersion": "7",
            "creationTimestamp": ago(4200),
            "ownerReferences": [owner],
            "labels": dict(LABELS),
        },
        "spec": {"nodeName": "node-1"},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": ago(600)}],
            "containerStatuses": [
                {
                    "name": "workspace",
                    "ready": False,
                    "started": False,
                    "restartCount": 5,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                }
            ],
        },
    }


def node(ready: str = "True", since: float = 100000) -> dict[str, Any]:
    return {
        "metadata": {"name": "node-1", "resourceVersion": "9", "annotations": {}},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": ago(since)}],
            "nodeInfo": {"bootID": "boot-1"},
        },
    }


def event(message: str, seconds: float = 30) -> dict[str, Any]:
    return {"message": message, "lastTimestamp": ago(seconds), "involvedObject": {"uid": "pod"}}


def report(*restart: object) -> str:
    """What the kubelet writes when the health check finds faults."""
    problems = [{"check": "home", "message": "gone", "restart": value} for value in restart]
    return f"Readiness probe failed: {json.dumps({'healthy': False, 'problems': problems, 'seconds': 0.01})}"


def running(found: dict[str, Any], **status: Any) -> dict[str, Any]:
    """The pod with its container running and started: it may hold a user's work."""
    changed = copy.deepcopy(found)
    own = {"started": True, "restartCount": 0, "state": {"running": {"startedAt": ago(4000)}}} | status
    changed["status"]["containerStatuses"][0] |= own
    return changed


def facts(**changes: Any) -> Facts:
    """The workspace; `changes` are attributes of `Facts`."""
    given = {"stateful_set": stateful_set(), "pod": pod(), "node": node(), "events": ()} | changes
    return Facts(TARGET, NOW, **given)
