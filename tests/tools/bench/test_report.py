"""The benchmark of the monthly report, with a real Prometheus and a fleet of three."""

import dataclasses
import json
from collections import Counter

import pytest

from services.service_levels import queries
from tools.bench import measure
from tools.bench.month import LENGTH, OUTAGES_EACH, Fleet
from tools.bench.report import Bench, Costs, verdict


@pytest.mark.rules
@pytest.mark.timeout(300)
def test_the_report_finds_what_the_month_was_made_of(tmp_path, capsys):
    bench = Bench(3, 300, tmp_path)

    samples = bench.fill()
    costs = bench.run()
    result = json.loads(verdict(bench, costs, samples))

    assert result["outages"] == bench.fleet.outages(bench.month.seconds) > 3
    assert result["value"] > result["again_seconds"] > 0
    assert result["queries"] > 20 * len(bench.month.days)
    assert result["month"] == bench.month.name
    availability = next(one for one in costs.report["all_projects"]["objectives"] if one["id"] == "availability")
    evaluations = bench.month.seconds // 300 * 3
    down = availability["denominator"] - availability["numerator"]
    assert availability["denominator"] == evaluations
    assert LENGTH * (result["outages"] - 3) <= down <= LENGTH * result["outages"]
    assert "asking for" in capsys.readouterr().err


def test_a_report_that_lacks_an_outage_is_no_result(tmp_path):
    bench = Bench(3, 300, tmp_path)
    run = measure.Measured(1.0, {"cli": 40.0}, "")
    made = bench.fleet.outages(bench.month.seconds)
    costs = Costs(run, run, 1, 1.0, {"outages": [{}] * (made - 1), "differences": []})

    with pytest.raises(measure.MeasureError, match=f"lists {made - 1} outages of {made}"):
        verdict(bench, costs, 1)


@pytest.mark.parametrize(
    ("seconds", "memory", "met"), [(599.0, 511.0, True), (600.0, 511.0, False), (599.0, 512.0, False)]
)
def test_the_goal_is_time_and_memory(tmp_path, seconds: float, memory: float, met: bool):
    bench = Bench(1, 300, tmp_path)
    run = measure.Measured(seconds, {"cli": memory}, "")
    report = {"outages": [{}] * bench.fleet.outages(bench.month.seconds), "differences": []}

    result = json.loads(verdict(bench, Costs(run, dataclasses.replace(run), 1, 1.0, report), 1))

    assert result["met"] is met


def test_a_month_has_each_outage_in_workspace_and_sums():
    fleet = Fleet(workspaces=25, start=0, evaluations=2000, interval=300)

    counted: Counter[str] = Counter()
    for line in fleet.lines():
        if not line.startswith("#"):
            series, value, _ = line.split()
            counted[series.partition("{")[0]] += int(value)

    assert counted[queries.SUMS["recovered"]] == counted[queries.SUMS["outages_ended"]] == 25 * OUTAGES_EACH
    assert counted[queries.SUMS["eligible"]] == 25 * 2000
    assert counted[queries.SUMS["available"]] == counted[queries.WORKSPACE] == 25 * (2000 - OUTAGES_EACH * LENGTH)
    assert len(fleet.projects) == 2
