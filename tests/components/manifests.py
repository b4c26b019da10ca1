"""Validation of declared objects against Kubernetes' own schemas."""

from typing import Any

import kubernetes_validate

KUBERNETES = "1.36"
FOREIGN = ("karpenter.sh/",)
"""API groups of custom resources, whose schemas Kubernetes does not have."""


def validate(manifest: dict[str, Any]) -> None:
    """Check one object strictly: unknown, misspelt and missing fields are errors."""
    if not manifest["apiVersion"].startswith(FOREIGN):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
