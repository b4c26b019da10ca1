"""Routes: who is told what, so that one incident is one page.

All critical alerts form one group: the workspaces of one lost node, the budget that burns with them and the canary are
one incident, and one page that grows. A page makes the ticket about the same promise superfluous; blindness makes
everything else superfluous, as it rests on no data.
"""

import base64
from collections.abc import Mapping
from typing import Any

import yaml
from pulumi import Output

from components import labels, restricted
from components.objects import Manifest, present
from components.service_levels.args import ReceiverArgs, ServiceLevelsArgs
from components.service_levels.mute import time_intervals
from components.service_levels.prometheus import COMPONENT
from components.service_levels.promise import Promise

SECRET = "alertmanager"  # noqa: S105 - the name of a Secret, not its content
FILE = "alertmanager.yml"
REMEDIATOR_URL = f"http://remediator.{labels.SYSTEM_NAMESPACE}.svc:8095/alerts"
SECRETS_FOLDER = "/etc/alertmanager/secrets"
"""Where the Prometheus operator mounts an Alertmanager's Secrets; those of receivers belong there, by their names."""

MAINTENANCE = "slate-maintenance"
_OURS = 'service="workspace"'
_INHIBITIONS = (
    # A page about a promise makes its ticket superfluous.
    (['severity="critical"', _OURS], ['severity="warning"', _OURS], ["slo"]),
    # Blind: whatever the other rules say rests on no data.
    (['alertname="WorkspaceSLIMissing"'], [_OURS, 'alertname!="WorkspaceSLIMissing"'], []),
    # Many at once: one cause, which replacing pods one by one does not mend.
    (['alertname="WorkspaceManyDown"'], ['remediation="restart-pod"'], []),
    # A person has been called for this workspace: the machine keeps its hands off.
    (['alertname="WorkspaceNotHealed"'], ['remediation="restart-pod"'], ["namespace", "workspace"]),
)


def configuration(args: ServiceLevelsArgs) -> dict[str, Any]:
    """What `alertmanager.yml` says."""
    promise = Promise.of(args)
    intervals = time_intervals(promise.maintenance)
    muted = {"mute_time_intervals": [MAINTENANCE]} if intervals else {}
    return present(
        {
            "route": {
                "receiver": "nobody",
                "group_by": ["alertname"],
                "routes": [
                    *([_remediation(promise)] if args.get("remediation") else []),
                    {"matchers": ['severity="critical"', _OURS], "receiver": "page", **_page(), **muted},
                    {"matchers": ['severity="warning"', _OURS], "receiver": "ticket", **_ticket(), **muted},
                ],
            },
            "inhibit_rules": [
                {"source_matchers": source, "target_matchers": target} | ({"equal": equal} if equal else {})
                for source, target, equal in _INHIBITIONS
            ],
            "receivers": [
                {"name": "nobody"},
                *([_remediator()] if args.get("remediation") else []),
                *(_receiver(name, args["alerting"]["receivers"].get(name)) for name in ("page", "ticket")),
            ],
            "time_intervals": [{"name": MAINTENANCE, "time_intervals": intervals}] if intervals else None,
        }
    )


def secret(args: ServiceLevelsArgs) -> Manifest:
    """The Secret that Alertmanager reads its file from."""
    text = yaml.safe_dump(configuration(args), sort_keys=False)
    encoded = Output.secret(base64.b64encode(text.encode()).decode())
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": restricted.metadata(SECRET, COMPONENT),
        "type": "Opaque",
        "data": {FILE: encoded},
    }


def _page() -> dict[str, Any]:
    return {"group_by": ["service"], "group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}


def _ticket() -> dict[str, Any]:
    return {"group_by": ["alertname", "slo"], "group_wait": "1m", "group_interval": "1h", "repeat_interval": "3d"}


def _remediation(promise: Promise) -> dict[str, Any]:
    """One call a workspace, again within the limit: a second try before a person is called."""
    again = max(promise.limit * 2 // 5, 2 * promise.interval)
    return {
        "matchers": ['remediation="restart-pod"'],
        "receiver": "remediator",
        "group_by": ["namespace", "workspace", "remediation"],
        "group_wait": "0s",
        "group_interval": f"{max(again // 4, 1)}s",
        "repeat_interval": f"{again}s",
    }


def _remediator() -> dict[str, Any]:
    webhook = {"url": REMEDIATOR_URL, "send_resolved": False, "max_alerts": 1}
    return {"name": "remediator", "webhook_configs": [webhook]}


def _receiver(name: str, receiver: ReceiverArgs | None) -> dict[str, Any]:
    if receiver is None:
        return {"name": name}
    where: Mapping[str, str] = receiver.get("secret") or {}  # pyright: ignore[reportAssignmentType]
    path = f"{SECRETS_FOLDER}/{where['name']}/{where['key']}" if where else None
    kinds: dict[str, dict[str, Any]] = {
        "webhook": {"url": receiver.get("url"), "url_file": path},
        "pagerduty": {"routing_key_file": path},
        "slack": {"api_url_file": path, "channel": receiver.get("channel"), "title": _TITLE, "text": _TEXT},
    }
    kind = receiver["type"]
    return {"name": name, f"{kind}_configs": [present({"send_resolved": True, **kinds[kind]})]}


_TITLE = "{{ .CommonAnnotations.summary }}"
_TEXT = "{{ range .Alerts }}{{ .Annotations.description }} {{ .Annotations.runbook_url }}\n{{ end }}"
