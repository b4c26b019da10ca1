"""The benchmark of the rules, with a real Prometheus, few rules and a fleet of ten."""

import json

import pytest

from tools.bench import facts, rules
from tools.bench.past import history, windows
from tools.bench.rules import Bench, Costs, verdict

RULES = """
groups:
- name: states
  interval: 1s
  rules:
  - {record: "fleet:on:count", expr: "sum(kube_statefulset_replicas)"}
- name: months
  interval: 3s
  rules:
  - {record: "on:sum30d", expr: "sum_over_time(fleet:on:count[1d])"}
  - {record: "short:sum", expr: "sum_over_time(fleet:on:count[5m])"}
"""


@pytest.mark.rules
def test_every_group_is_measured_and_counts_with_its_share(tmp_path, capsys):
    bench = Bench(RULES, workspaces=10, work=tmp_path, days=1, interval=1)

    samples = bench.fill()
    costs = bench.run(rounds=2)
    result = json.loads(verdict(bench, costs, samples))

    assert samples == (86400 - 7200) // 30
    assert len(costs.seconds["states"]) >= 2
    assert costs.seconds["months"]
    assert costs.series > bench.facts.series() == 10 * 4 + 5 * 5
    mean = costs.mean()
    assert result["value"] == pytest.approx(mean["states"] + mean["months"] / 3, abs=0.001)
    assert result["groups"]["months"]["every_seconds"] == 3
    assert "states: " in capsys.readouterr().err


def test_a_goal_that_is_missed_is_told(tmp_path):
    bench = Bench(RULES, workspaces=10, work=tmp_path, days=0, interval=1)

    assert json.loads(verdict(bench, Costs({"states": [0.4], "months": [0.2]}), 0))["met"]
    assert not json.loads(verdict(bench, Costs({"states": [0.5], "months": [0.2]}), 0))["met"]


def test_only_what_windows_of_days_read_gets_a_past():
    text = (
        "sum_over_time(fleet:a:count[30d]) / fleet:a:count[3d] + namespace:b:sum{namespace=~'ws-.+'}[1d] + fleet:c[6h]"
    )

    assert windows(text) == {"fleet:a:count": 30, "namespace:b:sum": 1}


def test_a_past_ends_before_the_present_and_has_a_series_for_each_project():
    lines = list(history({"fleet:a:count": 30, "namespace:b:sum": 1}, ["ws-x", "ws-y"], now=1_000_000, longest_days=1))

    fleet = [line for line in lines if line.startswith("fleet:a:count ")]
    projects = [line for line in lines if line.startswith("namespace:b:sum{")]
    assert len(projects) == 2 * len(fleet)
    assert fleet[0].endswith(" 913600")
    assert 1_000_000 - 7200 - 30 <= int(fleet[-1].split()[-1]) < 1_000_000 - 7200
    assert lines[-1] == "# EOF"


def test_facts_are_half_awake_and_every_pod_starts_anew_each_hour():
    fleet = facts.Facts(100)

    early, late = fleet.text(1_000_000_000.0), fleet.text(1_000_003_600.0)

    assert early.count("kube_pod_created") == 50
    assert sum(line.endswith(" 1") for line in early.splitlines() if "_replicas{" in line) == 50
    pods = [{line for line in text.splitlines() if "kube_pod_created" in line} for text in (early, late)]
    assert not pods[0] & pods[1]
    assert len(fleet.projects) == 2


@pytest.mark.parametrize("given", [["--workspaces", "0"], ["--rounds", "0"], ["--days", "-1"]])
def test_impossible_numbers_are_refused(monkeypatch, capsys, given):
    monkeypatch.setattr("sys.argv", ["rules", *given])

    with pytest.raises(SystemExit) as told:
        rules.main()

    assert told.value.code == 2
    assert "--workspaces and --rounds take 1 or more" in capsys.readouterr().err
