"""Steps of the engine and recordings for tests, in one line each."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tools.preview.recording import OK, PolicyFinding, Recording
from tools.preview.steps import Step

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
POOL = {"least": 1, "most": 4, "resource": "nvidia.com/gpu", "product": "NVIDIA-L40S"}


def step(kind: str, name: str, op: str, old: Any = None, new: Any = None, **more: Any) -> Step:
    """A step of a resource, its type being what stands for the kind in Pulumi."""
    urn = f"urn:pulumi:dev::slate::{kind}::{name}"
    return Step(urn=urn, type=kind, name=name, op=op, old=old, new=new, **more)


def recording(
    *steps: Step, settings: Mapping[str, Any] | None = None, outcome: str = OK, findings: tuple[PolicyFinding, ...] = ()
) -> Recording:
    """A recording of some steps."""
    return Recording("dev", "preview", tuple(steps), findings, outcome=outcome, settings=settings or {})


def workspace(
    name: str, *, cpu: Any = "1", memory: str = "4Gi", gpus: int = 0, home: str = "10Gi", pool: str = "cpu", **spec: Any
) -> dict[str, Any]:
    """The StatefulSet of a workspace in the project vision."""
    asked = {"cpu": cpu, "memory": memory} | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
    claim = {"metadata": {"name": "home"}, "spec": {"resources": {"requests": {"storage": home}}}}
    labels = {"slate.dev/project": "vision", "slate.dev/workspace": name, "slate.dev/pool": pool}
    return {
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": "ws-vision", "labels": labels},
        "spec": {
            "template": {"spec": {"containers": [{"name": "workspace", "resources": {"requests": asked}}]}},
            "volumeClaimTemplates": [claim],
            **spec,
        },
    }


def workspace_step(name: str, op: str, *, old: Any = None, new: Any = None) -> Step:
    """A step of a workspace."""
    return step("kubernetes:apps/v1:StatefulSet", f"{name}--vision", op, old, new)


def deployment(replicas: Any = 2, *, cpu: str = "50m", memory: str = "256Mi", **pod: Any) -> dict[str, Any]:
    """A program of the platform."""
    container = {"name": "program", "resources": {"requests": {"cpu": cpu}, "limits": {"memory": memory}}}
    spec = {"replicas": replicas, "template": {"spec": {"containers": [container], **pod}}}
    return {"kind": "Deployment", "metadata": {"name": "relay", "namespace": "slate-system"}, "spec": spec}


def claim(name: str, size: Any, *, storage_class: str | None = None, namespace: str = "slate-system") -> dict[str, Any]:
    """A claim of the platform."""
    spec = {"resources": {"requests": {"storage": size}}, "storageClassName": storage_class}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
