"""Faults on simulated nodes against a ledger: every start and every outage is counted once, as what it was."""

import time

import pytest

from tests.tools.cluster.support import eventually
from tests.tools.observability import support
from tests.tools.observability.ledger import CASES, OUTCOMES, Scene, play
from tests.tools.observability.rules import declared_for
from tests.tools.observability.webhook import Webhook, alert_names

pytestmark = [pytest.mark.cluster, pytest.mark.rules]

INTERVAL, DEADLINE, LIMIT = 5, 30, 60  # seconds; in earnest 30, 300 and 600
PATIENCE = 600.0  # only so that a broken cluster does not hang the test
COUNTS = (*(f"workspace_starts_{what}" for what in ("good", "failed")), *(f"workspace_incidents_{o}" for o in OUTCOMES))


@pytest.fixture(scope="module")
def webhook():
    """Where pages and tickets come."""
    made = Webhook()
    yield made
    made.close()


@pytest.fixture(scope="module")
def prometheus(watching, kube, webhook):
    """A Prometheus that has seen all scenarios from before their begin until everything in them was judged."""
    receivers = {name: {"type": "webhook", "url": webhook.url(name)} for name in ("page", "ticket")}
    declared = declared_for([*CASES], INTERVAL, DEADLINE, LIMIT, receivers)
    for name in CASES:
        kube.create(support.NAMESPACES, {"metadata": {"name": f"ws-{name}"}})
    asked = support.Prometheus(watching.up(declared, lambda _: None, own_programs=False).prometheus)
    eventually("facts are collected", lambda: asked.value('up{job="kube-state-metrics"}') == 1)
    scenes = {name: Scene(kube, f"ws-{name}", case.pool, DEADLINE, LIMIT, INTERVAL) for name, case in CASES.items()}
    play(scenes, PATIENCE)
    time.sleep(DEADLINE + 5 * INTERVAL)  # the last start is judged at its deadline
    return asked


@pytest.fixture(scope="module")
def counted(prometheus):
    """How often each thing was counted, by project."""
    return {
        name: prometheus.values(f"sum by (namespace) (sum_over_time(namespace:{name}:count[1h]))", "namespace")
        for name in COUNTS
    }


def test_no_evaluation_was_missed(prometheus):
    # What follows would be wrong for another reason: a machine that is too slow for this interval.
    missed = prometheus.values("prometheus_rule_group_iterations_missed_total", "rule_group")

    assert missed
    assert set(missed.values()) == {0.0}


@pytest.mark.parametrize("name", CASES)
def test_each_start_is_counted_once_with_the_right_outcome(counted, name):
    project = f"ws-{name}"

    found = {what: counted[f"workspace_starts_{what}"].get(project, 0) for what in ("good", "failed")}

    assert found == {"good": 0, "failed": 0} | dict(CASES[name].starts)


@pytest.mark.parametrize("name", CASES)
def test_each_outage_is_counted_once_with_the_right_outcome(counted, name):
    project = f"ws-{name}"

    found = {outcome: counted[f"workspace_incidents_{outcome}"].get(project, 0) for outcome in OUTCOMES}

    assert found == dict.fromkeys(OUTCOMES, 0) | dict(CASES[name].outcomes)


def test_the_fleet_is_the_sum_of_its_projects(prometheus):
    starts = prometheus.value("sum_over_time(fleet:workspace_starts_good:count[1h])")
    healed = prometheus.value("sum_over_time(fleet:workspace_incidents_healed:count[1h])")

    assert starts == sum(case.starts.get("good", 0) for case in CASES.values())
    assert healed == sum(case.outcomes.get("recovered", 0) + case.outcomes.get("silent", 0) for case in CASES.values())


@pytest.mark.usefixtures("prometheus")
def test_what_needs_a_person_at_the_same_time_is_one_page(webhook):
    eventually("the page has come", lambda: webhook.sent("page"))

    (page,) = webhook.sent("page")
    assert "WorkspaceNotHealed" in alert_names(page)
    assert {alert["labels"]["severity"] for alert in page["alerts"]} == {"critical"}
    assert all(alert["annotations"]["runbook_url"] for alert in page["alerts"])
