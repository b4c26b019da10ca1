"""What differs between two contracts, and what of it promises less."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.changes import contract
from policies.changes.contract import Difference, credit
from tests.policies.changes.plans import CONTRACT, NOW


def differences(**changed: Any) -> list[Difference]:
    return contract.differences(CONTRACT, CONTRACT | changed, NOW)


def objectives(**changed: float) -> list[Difference]:
    return differences(objectives=CONTRACT["objectives"] | changed)


def window(begin: int, end: int, name: str = "Storage", **more: Any) -> dict[str, Any]:
    """A window of maintenance, its times in hours from now."""
    start, stop = (NOW + timedelta(hours=hours) for hours in (begin, end))
    return {"name": name, "start": start.isoformat(), "end": stop.isoformat(), "announced": None, **more}


def test_a_contract_that_stays_differs_in_nothing():
    assert differences() == []


@pytest.mark.parametrize("key", contract.HIGHER)
def test_a_lower_percentage_is_less_and_a_higher_one_is_more(key: str):
    (down,), (up,) = (objectives(**{key: CONTRACT["objectives"][key] + by}) for by in (-0.05, 0.05))

    assert (down.verdict, down.rule) == ("loosened", "SLATE-SLA-TARGET")
    assert (up.verdict, up.rule) == ("tightened", "")


@pytest.mark.parametrize("key", contract.LOWER)
def test_a_longer_time_is_less_and_a_shorter_one_is_more(key: str):
    (longer,), (shorter,) = (objectives(**{key: CONTRACT["objectives"][key] + by}) for by in (1, -1))

    assert (longer.verdict, longer.rule) == ("loosened", "SLATE-SLA-TARGET")
    assert (shorter.verdict, shorter.rule) == ("tightened", "")


def test_a_target_that_is_dropped_is_found():
    kept = {key: value for key, value in CONTRACT["objectives"].items() if key != "selfHealing"}

    (found,) = differences(objectives=kept)

    assert (found.name, found.verdict, found.rule) == ("selfHealing", "removed", "SLATE-SLA-TARGET")


@pytest.mark.parametrize(
    ("bands", "rule"),
    [
        ([], "SLATE-SLA-CREDIT"),
        ([{"below": 99.9, "percent": 10}], "SLATE-SLA-CREDIT"),
        ([{"below": 99.8, "percent": 10}, {"below": 99.0, "percent": 25}], "SLATE-SLA-CREDIT"),
        ([{"below": 99.9, "percent": 5}, {"below": 99.0, "percent": 25}], "SLATE-SLA-CREDIT"),
        ([{"below": 99.9, "percent": 10}, {"below": 99.0, "percent": 25}, {"below": 95.0, "percent": 100}], ""),
        ([{"below": 99.9, "percent": 25}], ""),
    ],
)
def test_credits_are_compared_by_what_a_project_gets(bands: list[dict[str, Any]], rule: str):
    (found,) = differences(creditBands=bands)

    assert found.rule == rule


BANDS = st.lists(
    st.fixed_dictionaries(
        {"below": st.integers(900, 1000).map(lambda tenths: tenths / 10), "percent": st.integers(1, 100)}
    ),
    max_size=4,
)


@given(BANDS, BANDS)
def test_credits_are_less_exactly_where_some_availability_gets_less(old: list[dict], new: list[dict]):
    steps = [value / 100 - 0.005 for value in range(8990, 10010)]
    less = any(credit(new, step) < credit(old, step) for step in steps)

    found = list(contract.differences({**CONTRACT, "creditBands": old}, {**CONTRACT, "creditBands": new}, NOW))

    assert any(one.rule == "SLATE-SLA-CREDIT" for one in found) == less


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ([], [window(1, 2)], ""),  # still to come
        ([], [window(-2, -1)], "SLATE-SLA-WINDOW"),
        ([], [window(-1, 2)], "SLATE-SLA-WINDOW"),  # has begun
        ([window(-1, 2)], [window(-1, 3)], ""),  # goes on for longer than planned
        ([window(-1, 2)], [window(-3, 2)], "SLATE-SLA-WINDOW"),  # began earlier than was announced
        ([window(-3, -1)], [window(-2, -1)], ""),  # took less than planned
        ([window(-3, -1, "A")], [window(-3, -1, "B")], ""),  # has another name
        ([window(-4, -2, "A"), window(-2, -1, "B")], [window(-4, -1, "C")], ""),
        ([window(-4, -3, "A"), window(-2, -1, "B")], [window(-4, -1, "C")], "SLATE-SLA-WINDOW"),
    ],
)
def test_only_time_that_is_over_and_was_measured_so_far_matters(old: list, new: list, rule: str):
    found = contract.differences({**CONTRACT, "maintenance": old}, {**CONTRACT, "maintenance": new}, NOW)

    assert {one.rule for one in found if one.after} == {rule}


def test_how_much_of_the_past_is_taken_out_is_said():
    (found,) = differences(maintenance=[window(-2, 1)])

    assert found.remark == "takes 120 minutes that are over already out of the measurement"


def test_a_window_that_is_not_needed_any_more_is_told():
    (found,) = contract.differences({**CONTRACT, "maintenance": [window(-9, -8)]}, CONTRACT, NOW)

    assert (found.verdict, found.rule) == ("removed", "")


def test_times_of_other_time_zones_are_compared_as_instants():
    local = {"name": "Storage", "start": "2026-11-26T14:00:00+01:00", "end": "2026-11-26T15:00:00+01:00"}

    assert [one.rule for one in differences(maintenance=[local])] == [""]


def test_a_project_without_service_levels_is_found_unless_it_goes():
    (left_out,) = differences(projects={})
    (deleted,) = contract.differences(CONTRACT, CONTRACT | {"projects": {}}, NOW, frozenset({"ws-vision"}))

    assert left_out.rule == "SLATE-SLA-SCOPE"
    assert deleted.rule == ""


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"intervalSeconds": 60}, "SLATE-SLA-MEASURE"),
        ({"intervalSeconds": 15}, ""),
        ({"canaryPeriodSeconds": None}, "SLATE-SLA-MEASURE"),
        ({"canaryPeriodSeconds": 1200}, "SLATE-SLA-MEASURE"),
        ({"timeZone": "Europe/Berlin"}, ""),
    ],
)
def test_who_looks_less_often_is_found(changed: dict[str, Any], rule: str):
    (found,) = differences(**changed)

    assert found.rule == rule


def test_a_first_contract_loosens_nothing():
    assert contract.differences({}, CONTRACT, NOW) == []


def test_a_contract_that_is_removed_is_found():
    (found,) = contract.differences(CONTRACT, {}, NOW)

    assert found.rule == "SLATE-SLA-SCOPE"


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_what_is_no_contract_is_read_as_none(text: str):
    assert contract.read(text) == {}
