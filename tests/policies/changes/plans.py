"""Changes and plans for tests, in one line each."""

import json
from datetime import UTC, datetime
from typing import Any

from policies.changes.change import Change, Does, Plan
from policies.parameters import Exemption, Parameters
from policies.values import Value

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
CONTRACT: dict[str, Any] = {
    "objectives": {
        "startSuccess": 99.5,
        "startDeadlineSeconds": 300,
        "coldStartSeconds": 30,
        "availability": 99.9,
        "selfHealing": 90,
        "selfHealingMinutes": 10,
    },
    "creditBands": [{"below": 99.9, "percent": 10}, {"below": 99.0, "percent": 25}],
    "maintenance": [],
    "projects": {"ws-vision": "vision"},
    "intervalSeconds": 30,
    "canaryPeriodSeconds": 600,
    "timeZone": "UTC",
}


def change(kind: str, name: str, does: Does, old: Any = None, new: Any = None, **more: Any) -> Change:
    """A change of an object in ws-vision, unless `namespace` says otherwise."""
    more.setdefault("namespace", "" if kind in ("Namespace", "StorageClass", "PersistentVolume") else "ws-vision")
    return Change(f"urn:{kind}:{name}", kind, more.pop("namespace"), name, does, Value(old), Value(new), **more)


def plan(*changes: Change, levels: dict[str, str] | None = None, exemptions: tuple[Exemption, ...] = ()) -> Plan:
    """A plan with these changes."""
    return Plan(changes, Parameters(levels=levels or {}, exemptions=exemptions), NOW)


def workspace(name: str, size: str = "10Gi", **spec: Any) -> dict[str, Any]:
    """A workspace's StatefulSet, as far as these rules read it."""
    claim = {"metadata": {"name": "home"}, "spec": {"resources": {"requests": {"storage": size}}}}
    return {
        "metadata": {"name": name, "namespace": "ws-vision", "labels": {"slate.dev/user": f"{name}-user"}},
        "spec": {"volumeClaimTemplates": [claim], **spec},
    }


def claim(size: str) -> dict[str, Any]:
    """A claim, as far as these rules read it."""
    return {"spec": {"resources": {"requests": {"storage": size}}}}


def contract(**changed: Any) -> dict[str, Any]:
    """The ConfigMap with the contract, some of whose keys are others."""
    return {"data": {"contract.json": json.dumps(CONTRACT | changed)}}


def contract_change(old: Any, new: Any) -> Change:
    """A change of the contract; None where there is none."""
    does = Does.DELETE if new is None else Does.CREATE if old is None else Does.UPDATE
    return change("ConfigMap", "service-level-contract", does, old, new, namespace="slate-system")
