"""The programs on one cluster: started, left alone, told what is new, repaired, stopped."""

import dataclasses
import json
import os
import signal
import time

import pytest
import yaml

from tests.tools.cluster.support import eventually
from tests.tools.observability import support
from tests.tools.observability.rules import declared_for
from tools.cluster.processes import alive
from tools.observability import ObservabilityError, identities

pytestmark = [pytest.mark.cluster, pytest.mark.rules]

NAMES = ("kube-state-metrics", "prometheus", "alertmanager")
BROKEN = "groups: [{name: broken, rules: [{record: x, expr: 'sum('}]}]\n"


def up(watching, declared):
    """Starts it; returns the status and what was said."""
    said: list[str] = []
    return watching.up(declared, said.append, own_programs=False), said


def pids(status):
    return {part.name: part.pid for part in status.components}


@pytest.fixture(scope="module")
def declared():
    return declared_for(["vision"], interval=1, deadline=30, limit=60)


@pytest.fixture
def running(watching, declared):
    """It runs with what is declared."""
    return up(watching, declared)[0]


def with_another_rule(declared, name):
    rules = yaml.safe_load(declared.rules)
    rules["groups"].append({"name": name, "rules": [{"record": name, "expr": "vector(1)"}]})
    return dataclasses.replace(declared, rules=yaml.safe_dump(rules))


def groups(status):
    return {group["name"] for group in support.Prometheus(status.prometheus).ask("rules")["groups"]}


def test_everything_runs_with_the_stacks_rules_and_all_targets_up(running, declared):
    prometheus = support.Prometheus(running.prometheus)
    eventually("all targets are read", lambda: len(prometheus.values("up == 1", "job")) == len(NAMES))

    assert running.state == "running"
    assert sorted(pids(running)) == sorted(NAMES)
    assert set(prometheus.values("up", "job")) == set(NAMES)
    assert groups(running) == {group["name"] for group in yaml.safe_load(declared.rules)["groups"]}
    managers = prometheus.ask("alertmanagers")["activeAlertmanagers"]
    assert [manager["url"] for manager in managers] == [f"{running.alertmanager}/api/v2/alerts"]


def test_only_the_facts_that_the_rules_need_are_collected(running, kube, declared):
    kube.create(support.workspaces_at("default"), support.workspace("seen", "sound"))
    prometheus = support.Prometheus(running.prometheus)
    eventually("it is seen", lambda: prometheus.value('kube_statefulset_replicas{statefulset="seen"}') == 1)
    eventually("it is ready", lambda: prometheus.value('kube_pod_status_ready_time{pod="seen-0"}'))

    names = set(prometheus.ask("label/__name__/values"))

    allowed = next(a for a in declared.program("kubeStateMetrics")["arguments"] if "allowlist" in a)
    assert {name for name in names if name.startswith("kube_")} <= {
        name.strip("^$") for name in allowed.partition("=")[2].split(",")
    }


def test_a_second_start_changes_nothing(watching, declared, running):
    again, said = up(watching, declared)

    assert pids(again) == pids(running)
    assert said == []


def test_new_rules_are_read_without_a_restart(watching, declared, running):
    again, said = up(watching, with_another_rule(declared, "another"))

    assert said == ["Observability: prometheus has read the new rules"]
    assert pids(again) == pids(running)
    assert "another" in groups(again)


def test_new_routes_are_read_without_a_restart(watching, declared, running):
    routes = yaml.safe_dump({"route": {"receiver": "elsewhere"}, "receivers": [{"name": "elsewhere"}]})

    again, said = up(watching, dataclasses.replace(declared, alertmanager=routes))

    assert said == ["Observability: alertmanager has read the new routes"]
    assert pids(again) == pids(running)
    up(watching, declared)


@pytest.mark.parametrize(
    ("change", "tool"), [({"rules": BROKEN}, "promtool"), ({"alertmanager": "route: {receiver: x}"}, "amtool")]
)
def test_what_the_programs_would_refuse_takes_the_place_of_nothing(watching, declared, running, change, tool):
    before = watching.layout.rules.read_text(), watching.layout.alertmanager_file.read_text()

    with pytest.raises(ObservabilityError, match=f"{tool} refuses what the stack declares"):
        up(watching, dataclasses.replace(declared, **change))

    assert (watching.layout.rules.read_text(), watching.layout.alertmanager_file.read_text()) == before
    assert pids(watching.status()) == pids(running)


def test_a_program_that_dies_is_started_again(watching, running):
    old = pids(running)["alertmanager"]

    os.kill(old, signal.SIGKILL)
    eventually("there is another", lambda: pids(watching.status())["alertmanager"] not in (0, old))
    eventually("it works", lambda: watching.status().state == "running")

    assert {part.name: part.restarts for part in watching.status().components}["alertmanager"] == 1


def test_kube_state_metrics_reads_what_it_needs_and_nothing_else(watching, running, kube):
    assert running.state == "running"
    token = watching.layout.token(support.FACTS).read_text()
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token},
    }
    _, answer = kube.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)

    assert answer["status"]["user"]["username"] == f"system:serviceaccount:{support.SYSTEM}:{support.FACTS}"
    assert watching.layout.token(support.FACTS).stat().st_mode & 0o777 == 0o600
    assert token not in watching.layout.plan.read_text()


def test_tokens_are_renewed_in_place(watching, running, cluster):
    assert running.state == "running"
    account = identities.Account(support.FACTS)
    before = watching.layout.token(account.name).read_text()
    time.sleep(1.1)  # tokens are told apart by the second in which they were made

    identities.renew_tokens([account], watching.layout, identities.ClusterLayout.of(cluster))

    assert watching.layout.token(account.name).read_text() != before


def test_status_is_plain_data(running):
    assert json.loads(json.dumps(running.as_json()))["prometheus"] == running.prometheus


def test_nothing_runs_any_more_after_a_stop_and_what_was_measured_stays(watching, declared):
    status, _ = up(watching, declared)
    processes = list(pids(status).values())

    watching.down(report=lambda _: None)

    assert watching.status().state == "stopped"
    assert not any(alive(pid) for pid in processes)
    assert list(watching.layout.prometheus.iterdir())
    again, _ = up(watching, declared)
    assert again.prometheus == status.prometheus
