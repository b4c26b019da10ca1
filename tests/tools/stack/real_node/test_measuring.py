"""The Prometheus of this machine, as the settings of a stack with a real node declare it."""

import copy

import pytest
import yaml

from settings import load, service_level_arguments
from tools.observability import Observability
from tools.paths import ROOT
from tools.stack import observing
from tools.stack.layout import Layout
from tools.stack.real_node.measuring import with_prometheus

CONFIG = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
ADDRESS, PORT = "172.30.0.2", 20004


def settings(config):
    return load({key.removeprefix("slate:"): value for key, value in config.items()}, "Pulumi.dev.yaml")


def with_levels(**levels):
    return copy.deepcopy(CONFIG) | {"slate:serviceLevels": levels}


def test_pods_ask_it_at_the_nodes_address():
    config = CONFIG | with_prometheus(CONFIG, settings(CONFIG), ADDRESS, PORT)

    args = service_level_arguments.service_levels(settings(config))

    assert args["prometheus"]["url"] == "http://172.30.0.2:20004"


def test_what_else_is_set_stays():
    config = with_levels(availability=99.5, prometheus={"scrapeInterval": "15s"})

    changed = with_prometheus(config, settings(config), ADDRESS, PORT)

    levels = settings(config | changed).service_levels
    assert (levels.availability, levels.prometheus.scrape_interval) == (99.5, "15s")
    assert config["slate:serviceLevels"]["prometheus"] == {"scrapeInterval": "15s"}


def test_a_prometheus_of_the_stacks_own_stays():
    config = with_levels(prometheus={"url": "http://prometheus.monitoring.svc:9090"})

    assert with_prometheus(config, settings(config), ADDRESS, PORT) == {}


@pytest.mark.parametrize(("address", "port"), [("", PORT), (ADDRESS, 0)])
def test_without_an_address_nothing_changes(address, port):
    assert with_prometheus(CONFIG, settings(CONFIG), address, port) == {}


def test_the_port_is_chosen_before_anything_runs_and_kept(tmp_path):
    watching = Observability(tmp_path / "observability", tmp_path, tmp_path / "cluster")

    first, second = watching.reserve(), watching.reserve()

    assert first == second > 0
    assert watching.status().prometheus == f"http://127.0.0.1:{first}"
    assert (watching.status().state, watching.status().components) == ("stopped", ())


@pytest.mark.parametrize(("chosen", "declared"), [("1", True), ("0", False)])
def test_pods_are_told_of_it_only_if_it_measures(tmp_path, monkeypatch, chosen, declared):
    layout = Layout(tmp_path)
    port = observing.observability(layout).reserve()
    monkeypatch.setenv(observing.VARIABLE, chosen)

    assert observing.measured(layout) == (port if declared else 0)
