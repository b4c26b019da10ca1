"""Validation of declared objects against Kubernetes' own schemas."""

from typing import Any

import kubernetes_validate

KUBERNETES = "1.36"
FOREIGN = ("karpenter.sh/", "cert-manager.io/", "monitoring.coreos.com/")
"""API groups of custom resources, whose schemas Kubernetes does not have."""


def validate(manifest: dict[str, Any]) -> None:
    """Check one object strictly: unknown, misspelt and missing fields are errors."""
    if not manifest["apiVersion"].startswith(FOREIGN):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def pod_specs(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The specifications of the pods that an object makes."""
    spec = manifest.get("spec") or {}
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
    return [template["spec"]] if template else []


def check_restricted(pod: dict[str, Any]) -> None:
    """Check a pod against Pod Security `restricted`, and against our own rules: read-only root, digests, limits.

    Source: Kubernetes documentation, "Pod Security Standards".
    """
    assert not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC"))
    assert not any("hostPath" in volume for volume in pod["volumes"])
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in [*pod.get("initContainers", ()), *pod["containers"]]:
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert own["readOnlyRootFilesystem"] is True
        assert "@sha256:" in container["image"]
        assert {"memory", "ephemeral-storage"} <= set(container["resources"]["limits"])
