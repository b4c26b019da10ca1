"""The fleet benchmark's own arithmetic, on made-up figures."""

import json

import pytest

from settings import load
from tools.bench import fleet, fleet_stack


@pytest.mark.parametrize("count", [1, 100, 101, 250])
def test_settings_declare_the_number_of_workspaces_asked_for(count):
    values = {key.removeprefix("slate:"): value for key, value in fleet_stack.settings(count).items()}

    spaces = [space for team in load(values, source="benchmark").fleet() for space in team.workspaces]
    assert len(spaces) == count
    assert {space.state for space in spaces} == {"asleep"}


def stage(workspaces, up, bare_up, one_more, *, preview=1.0, bare_preview=1.0):
    return {
        "workspaces": workspaces,
        "preview": {"slate": {"seconds": preview}, "bare": {"seconds": bare_preview}},
        "up": {"slate": {"seconds": up}, "bare": {"seconds": bare_up}},
        "one_more": {"slate": {"seconds": one_more}, "bare": {"seconds": bare_up}},
    }


@pytest.mark.parametrize(
    ("stages", "met"),
    [
        ([stage(10, 2, 2, 3), stage(1000, 24, 20, 26)], True),
        ([stage(10, 2, 2, 3), stage(1000, 25, 20, 27)], False),  # more than 1.2 times the bare program
        ([stage(10, 2, 2, 3), stage(1000, 20, 20, 24)], False),  # one more costs 3 s more than at 10
        ([stage(10, 2, 2, 3), stage(1000, 20, 20, 21, preview=13, bare_preview=10)], False),  # the preview is too slow
    ],
)
def test_goal_is_judged_at_the_largest_size(stages, met):
    line = json.loads(fleet.verdict(stages))

    assert line["met"] is met
    assert line["ratio"] == pytest.approx(stages[-1]["up"]["slate"]["seconds"] / 20)
    assert line["one_more_beyond_no_op_seconds"]["10"] == pytest.approx(1)
