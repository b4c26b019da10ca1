"""The benchmark of the rules' cost: its own arithmetic, on made-up figures."""

import json

import pytest

from tools.bench import measure, policies


def runs(*seconds: float) -> list[measure.Measured]:
    return [measure.Measured(each, {}, "") for each in seconds]


@pytest.mark.parametrize(("slow", "met"), [(12.9, True), (13.1, False)])
def test_the_goal_is_judged_by_the_medians(slow, met):
    found = {"with": runs(slow, slow, 99), "without": runs(10, 10, 1)}

    line = json.loads(policies.verdict(1000, found))

    assert line["met"] is met
    assert line["ratio"] == pytest.approx(slow / 10)
    assert line["workspaces"] == 1000
