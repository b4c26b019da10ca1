"""What measures and alerts runs on the machine, and workspaces and remediator inside the node: both find each other."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone
from tests.tools.observability.support import Prometheus
from tools.observability import Observability

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.rules, pytest.mark.timeout(1500)]

DOWN = {"alertname": "WorkspaceDown", "namespace": "ws-vision", "workspace": "bob", "remediation": "restart-pod"}
LOOKED = 'sum(slate_remediations_total{action="restart-pod",result="refused",reason="ready"}) or vector(0)'


@pytest.fixture(scope="module")
def watched(clone: RealClone) -> Iterator[Observability]:
    """Prometheus, Alertmanager and kube-state-metrics of the clone; afterwards all is as it was."""
    watching = Observability(clone.slate / "observability", clone.slate / "bin", clone.slate / "cluster")
    clone.variables["SLATE_OBSERVABILITY"] = "1"
    try:
        assert "Observability: ready after" in clone.run("up")
        yield watching
    finally:
        del clone.variables["SLATE_OBSERVABILITY"]
        watching.down(delete_data=True, report=lambda _: None)


def test_real_workspaces_are_measured(watched):
    prometheus = Prometheus(watched.status().prometheus)

    jobs = {"kube-state-metrics", "prometheus", "alertmanager", "remediator"}
    eventually(
        lambda: set(prometheus.values("up == 1", "job")) == jobs, "all targets answer, the remediator's pod, too"
    )
    available = 'namespace_workspace:available:bool{namespace="ws-vision"} == 1'
    eventually(lambda: set(prometheus.values(available, "workspace")) == {"alice", "bob", "carol"}, "all are available")


def test_an_alert_reaches_the_remediators_pod(clone, watched):
    """It looks at the workspace itself, and finds it well: it believes no alert."""
    status, pod = watched.status(), clone.pod()["metadata"]["uid"]
    prometheus = Prometheus(status.prometheus)
    before = prometheus.value(LOOKED)
    assert before is not None

    _send(status.alertmanager, DOWN)

    eventually(lambda: prometheus.value(LOOKED) == before + 1, "the remediator has looked")
    assert clone.pod()["metadata"]["uid"] == pod


def _send(alertmanager: str, labels: dict[str, str]) -> None:
    """As Prometheus sends an alert that fires."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{alertmanager}/api/v2/alerts",
        data=json.dumps([{"labels": labels}]).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
