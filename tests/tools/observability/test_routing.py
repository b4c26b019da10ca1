"""Where alerts end: the routes that the stack declares, in a real Alertmanager, with a receiver that is called."""

import json
import re
import subprocess
import time
import urllib.request

import pytest
import yaml

from tests.tools.cluster.support import eventually
from tests.tools.observability.rules import declared_for
from tests.tools.observability.webhook import Webhook, alert_names
from tools.cluster import ports
from tools.observability import health

pytestmark = pytest.mark.rules

PACE = 15
"""How much quicker than in earnest the routes wait: a page is grouped for 2 s in place of 30 s."""
COMMON = {"service": "workspace", "slo_severity": "page", "severity": "critical"}
NOT_HEALED = {**COMMON, "alertname": "WorkspaceNotHealed", "slo": "selfheal", "namespace": "ws-vision"}
BURNS = {**COMMON, "alertname": "WorkspaceAvailabilityBudgetBurn", "slo": "availability"}
BURNS_SLOWLY = {**BURNS, "severity": "warning", "slo_severity": "ticket"}
HEALING_IS_LOW = {
    **BURNS_SLOWLY,
    "alertname": "WorkspaceSelfHealingBelowObjective",
    "slo": "selfheal",
}
COLD_START = {**BURNS_SLOWLY, "alertname": "WorkspaceColdStartSlow", "slo": "coldstart"}
BLIND = {**COMMON, "alertname": "WorkspaceSLIMissing"}
DOWN = {"alertname": "WorkspaceDown", "service": "workspace", "severity": "info", "namespace": "ws-vision"}


def quicker(text: str) -> str:
    """The same routes, but with shorter waits."""

    def shorten(value):
        if isinstance(value, dict):
            return {key: _seconds(entry) if key.startswith(WAITS) else shorten(entry) for key, entry in value.items()}
        return [shorten(entry) for entry in value] if isinstance(value, list) else value

    return yaml.safe_dump(shorten(yaml.safe_load(text)))


WAITS = ("group_wait", "group_interval", "repeat_interval")


def _seconds(written: str) -> str:
    number, unit = re.fullmatch(r"(\d+)([smhd])", written).groups()  # pyright: ignore[reportOptionalMemberAccess]
    return f"{int(number) * {'s': 1, 'm': 60, 'h': 3600, 'd': 86400}[unit] * 1000 // PACE}ms"


class Alertmanager:
    """Alerts as Prometheus sends them."""

    def __init__(self, port: int):
        self.port = port

    def fire(self, *alerts: dict, resolved: bool = False) -> None:
        ends = {"endsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))} if resolved else {}
        body = [{"labels": labels, "annotations": {"summary": labels["alertname"]}, **ends} for labels in alerts]
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            assert response.status == 200


@pytest.fixture
def webhook():
    made = Webhook()
    yield made
    made.close()


@pytest.fixture
def alertmanager(tmp_path, binaries, webhook):
    """An Alertmanager with the routes of a stack whose pages and tickets come to the webhook."""
    receivers = {name: {"type": "webhook", "url": webhook.url(name)} for name in ("page", "ticket")}
    declared = declared_for(["vision"], interval=30, deadline=300, limit=600, receivers=receivers)
    (tmp_path / "alertmanager.yml").write_text(quicker(declared.alertmanager))
    port = ports.choose({}, names=("alertmanager",))["alertmanager"]
    command = [
        str(binaries / "alertmanager"),
        f"--config.file={tmp_path / 'alertmanager.yml'}",
        f"--storage.path={tmp_path}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        eventually("it is ready", lambda: health.get(port, "/-/ready") is not None)
        yield Alertmanager(port)
        process.terminate()


def workspaces(count):
    return [{**NOT_HEALED, "workspace": f"user{index}"} for index in range(count)]


def test_a_lost_node_is_one_page_and_no_ticket(alertmanager, webhook):
    alertmanager.fire(*workspaces(5), BURNS, BURNS_SLOWLY, HEALING_IS_LOW)
    eventually("the page has come", lambda: webhook.sent("page"))
    time.sleep(120 / PACE)  # a ticket would have come by then

    (page,) = webhook.sent("page")
    assert alert_names(page) == ["WorkspaceAvailabilityBudgetBurn", *["WorkspaceNotHealed"] * 5]
    assert webhook.sent("ticket") == []


def test_a_page_says_when_it_is_over(alertmanager, webhook):
    alertmanager.fire(*workspaces(1))
    eventually("the page has come", lambda: webhook.sent("page"))
    alertmanager.fire(*workspaces(1), resolved=True)
    eventually("its end has come", lambda: webhook.sent("page", "resolved"))

    assert alert_names(webhook.sent("page", "resolved")[0]) == ["WorkspaceNotHealed"]


def test_what_can_wait_is_a_ticket_of_its_own(alertmanager, webhook):
    alertmanager.fire(COLD_START, BURNS_SLOWLY)
    eventually("both tickets have come", lambda: len(webhook.sent("ticket")) == 2)

    assert sorted(alert_names(ticket)[0] for ticket in webhook.sent("ticket")) == [
        "WorkspaceAvailabilityBudgetBurn",
        "WorkspaceColdStartSlow",
    ]
    assert webhook.sent("page") == []


def test_blindness_is_the_only_page_as_all_else_rests_on_no_data(alertmanager, webhook):
    alertmanager.fire(BLIND, BURNS, COLD_START, *workspaces(3))
    eventually("the page has come", lambda: webhook.sent("page"))
    time.sleep(120 / PACE)

    (page,) = webhook.sent("page")
    assert alert_names(page) == ["WorkspaceSLIMissing"]
    assert webhook.sent("ticket") == []


def test_a_workspace_that_is_down_calls_nobody_yet(alertmanager, webhook):
    alertmanager.fire({**DOWN, "workspace": "alice", "remediation": "restart-pod"})
    alertmanager.fire(COLD_START)  # which comes later than the other one would
    eventually("the ticket has come", lambda: webhook.sent("ticket"))

    assert webhook.sent("page") == []
