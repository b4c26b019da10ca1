"""What can go wrong, and the detail the engine needs of it."""

import json
from typing import Any


class ProviderError(Exception):
    """A message for the user; nothing was changed."""


class UnreachableError(ProviderError):
    """The cluster cannot be reached, or no kubeconfig says which cluster is meant."""


class ApiError(ProviderError):
    """The API server's refusal.

    Attributes:
        status: the HTTP status.
        reason: the machine-readable reason (`AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, …).
        detail: the API server's whole Status object.
    """

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        try:
            detail = json.loads(body)
        except ValueError:
            detail = None
        self.detail: dict[str, Any] = detail if isinstance(detail, dict) else {}
        self.reason: str = self.detail.get("reason") or str(status)
        super().__init__(self.detail.get("message") or body.decode(errors="replace")[:500] or f"HTTP status {status}")

    @property
    def missing_namespace(self) -> bool:
        """Whether the object's namespace, not the object itself, was not found."""
        return self.status == 404 and (self.detail.get("details") or {}).get("kind") == "namespaces"


class NoSuchKindError(ProviderError):
    """The API server serves no such kind (a custom resource whose definition is not there)."""


class NotReadyError(ProviderError):
    """The object exists but did not become what was asked for; it must stay in the state.

    Attributes:
        live: the object as it was last seen.
        reasons: one line each, for the state's list of initialisation errors.
        applied: whether the API server took the new inputs.
    """

    def __init__(self, message: str, live: dict[str, Any], reasons: list[str], applied: bool = True) -> None:
        super().__init__(message)
        self.live = live
        self.applied = applied
        self.reasons = [message, *reasons]


class CannotPreviewError(Exception):
    """The API server cannot tell yet what a create or update would do; the inputs stand in for the outcome."""
