"""What measures and alerts runs on the machine, workspaces and remediator inside the node: both find each other."""

import json
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.acceptance.clone import eventually

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.rules, pytest.mark.timeout(1500)]

DOWN = {"alertname": "WorkspaceDown", "namespace": "ws-vision", "workspace": "bob", "remediation": "restart-pod"}
LOOKED = 'sum(slate_remediations_total{action="restart-pod",result="refused",reason="ready"}) or vector(0)'


def test_real_workspaces_are_measured(clone, prometheus):
    assert "Observability: ready after" in clone.first_up
    jobs = {"kube-state-metrics", "prometheus", "alertmanager", "remediator"}
    eventually(
        lambda: set(prometheus.values("up == 1", "job")) == jobs, "all targets answer, the remediator's pod, too"
    )
    available = 'namespace_workspace:available:bool{namespace="ws-vision"} == 1'
    eventually(lambda: set(prometheus.values(available, "workspace")) == {"alice", "bob", "carol"}, "all are available")


def test_an_alert_reaches_the_remediators_pod(clone, prometheus):
    """It looks at the workspace itself, and finds it well: it believes no alert."""
    pod, alertmanager = clone.pod()["metadata"]["uid"], clone.watching.status().alertmanager
    eventually(lambda: not _firing(alertmanager, "bob"), "nothing is told of earlier failures any more", 300)
    before = prometheus.value(LOOKED)
    assert before is not None

    _send(alertmanager, DOWN)

    # Not one more: it looks each time that Alertmanager tells it.
    eventually(lambda: (prometheus.value(LOOKED) or 0) > before, "the remediator has looked")
    assert clone.pod()["metadata"]["uid"] == pod


def _firing(alertmanager: str, workspace: str) -> list[dict[str, Any]]:
    """The alerts about a workspace."""
    query = urllib.parse.urlencode({"filter": f'workspace="{workspace}"'})
    with urllib.request.urlopen(f"{alertmanager}/api/v2/alerts?{query}", timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def _send(alertmanager: str, labels: dict[str, str]) -> None:
    """As Prometheus sends an alert that fires."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{alertmanager}/api/v2/alerts",
        data=json.dumps([{"labels": labels}]).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
