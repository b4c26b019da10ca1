import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.observability import Declared, ObservabilityError, configuration
from tools.observability.layout import Layout
from tools.observability.programs import PORTS

LAYOUT = Layout(Path("/somewhere"))
PORT = {name: 20001 + index for index, name in enumerate(PORTS)}


def routed(text, **services):
    return json.loads(configuration.alertmanager(Declared("", {}, text), services))


def test_prometheus_keeps_the_labels_of_the_facts_and_reads_the_stacks_rules():
    made = json.loads(configuration.prometheus(Declared("", {"scrapeIntervalSeconds": 30}), LAYOUT, PORT, {}))

    jobs = {job["job_name"]: job for job in made["scrape_configs"]}
    assert jobs["kube-state-metrics"]["honor_labels"] is True
    assert "honor_labels" not in jobs["prometheus"]
    assert made["rule_files"] == ["/somewhere/configuration/rules.yml"]
    assert made["global"]["evaluation_interval"] == made["global"]["scrape_interval"] == "30000ms"


def test_further_programs_are_measured_too():
    made = json.loads(configuration.prometheus(Declared("", {}), LAYOUT, PORT, {"remediator": 4711}))

    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in made["scrape_configs"]}
    assert targets["remediator"] == ["127.0.0.1:4711"]


def test_without_routes_alerts_are_sent_to_nobody():
    assert routed("") == {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


@pytest.mark.parametrize(
    "host", ["remediator", "remediator.slate-system", "remediator.slate-system.svc", "remediator.slate-system.svc.x.y"]
)
def test_a_service_that_runs_on_this_machine_is_reached_there(host):
    made = routed(f"receivers: [{{webhook_configs: [{{url: 'http://{host}:8095/alerts?x=1'}}]}}]", remediator=20005)

    assert made["receivers"][0]["webhook_configs"][0]["url"] == "http://127.0.0.1:20005/alerts?x=1"


@pytest.mark.parametrize(
    "url",
    [
        "http://pager.slate-system.svc:8095/alerts",
        "http://remediator.elsewhere.svc:8095/alerts",
        "http://remediator.example.org/alerts",
        "https://hooks.example.org/remediator",
    ],
)
def test_other_addresses_stay(url):
    made = routed(f"receivers: [{{webhook_configs: [{{url: '{url}'}}]}}]", remediator=20005)

    assert made["receivers"][0]["webhook_configs"][0]["url"] == url


def test_routes_that_are_no_yaml_are_refused_by_name():
    with pytest.raises(ObservabilityError, match=r"alertmanager\.yml of Secret alertmanager is no YAML"):
        routed("route: {")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_whatever_names_no_local_service_stays_as_it_is(value):
    assert json.loads(configuration.alertmanager(Declared("", {}, json.dumps({"x": value})), {})) == {"x": value}
