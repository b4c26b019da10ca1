"""What Alertmanager sends (webhook, version 4), reduced to the workspaces that are said to be down now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REMEDIATION = "restart-pod"
"""Value of the label `remediation` of alerts that may lead to a new pod."""
NAME_CHARACTERS = 63


class AlertError(Exception):
    """The message is no notification of Alertmanager."""


@dataclass(frozen=True)
class Target:
    """A workspace that an alert names.

    Attributes:
        namespace: Its namespace.
        workspace: Its name, that of its StatefulSet.
    """

    namespace: str
    workspace: str


def targets(payload: object) -> list[Target]:
    """The workspaces that a notification asks to be mended.

    A notification's own status says `firing` while any of its alerts is, so each alert's is what counts: a resolved one
    names a workspace that is well again.

    Args:
        payload: The notification.

    Returns:
        Each workspace once, in the notification's order.

    Raises:
        AlertError: It is no notification, or of another version.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("alerts"), list):
        raise AlertError("no notification of Alertmanager: a JSON object with a list `alerts` is expected")
    if payload.get("version") != "4":
        raise AlertError(f"version {payload.get('version')!r} of Alertmanager's notifications is not known; 4 is")
    found = (_target(alert) for alert in payload["alerts"])
    return list(dict.fromkeys(target for target in found if target))


def _target(alert: Any) -> Target | None:
    if not isinstance(alert, Mapping) or alert.get("status") != "firing":
        return None
    labels = alert.get("labels")
    if not isinstance(labels, Mapping) or labels.get("remediation") != REMEDIATION:
        return None
    namespace, workspace = labels.get("namespace"), labels.get("workspace")
    return Target(str(namespace), str(workspace)) if _is_name(namespace) and _is_name(workspace) else None


def _is_name(value: object) -> bool:
    """Whether it is a DNS label: it becomes part of a path of the API."""
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
    return isinstance(value, str) and 0 < len(value) <= NAME_CHARACTERS and not set(value) - set(allowed)
