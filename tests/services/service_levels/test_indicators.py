from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.service_levels import wording
from services.service_levels.contract import Contract, CreditBand, Objectives
from services.service_levels.indicators import Indicator, credit, indicators, interval
from services.service_levels.queries import SUMS
from services.service_levels.totals import Totals

BANDS = (CreditBand(99.9, 10), CreditBand(99.0, 25), CreditBand(95.0, 100))
CONTRACT = Contract(
    "Title", ZoneInfo("UTC"), 30, {}, "slate-canary", Objectives(99.5, 300, 30, 99.9, 90, 10), BANDS, (), ""
)
MONTH_MINUTES = 30 * 1440


def measured(*, unseen: float = 0, coverage: float = 1, **sums: float) -> dict[str, Indicator]:
    """The four promises by what was counted."""
    evaluations = MONTH_MINUTES * 2
    observed = evaluations * coverage
    totals = Totals(
        sums=dict.fromkeys(SUMS, 0.0) | sums,
        unseen=unseen,
        evaluations=evaluations,
        observed=observed,
        maintenance=0,
        observed_seconds=observed * 30,
        counted_seconds=observed * 30,
        interval=30,
    )
    return {one.id: one for one in indicators(totals, CONTRACT, MONTH_MINUTES)}


@pytest.mark.parametrize(
    ("given_", "verdict"),
    [
        ({"available": 999, "eligible": 1000}, "met"),
        ({"available": 998, "eligible": 1000}, "missed"),
        ({}, "too little data"),
        ({"available": 1000, "eligible": 1000, "unseen": 500, "coverage": 0.6}, "too little data"),
        ({"available": 1000, "eligible": 1000, "unseen": 50, "coverage": 0.95}, "met"),
        ({"available": 900, "eligible": 1000, "unseen": 500, "coverage": 0.6}, "missed"),  # even at best
        ({"available": 100000, "eligible": 100000, "unseen": 50, "coverage": 0.5}, "met"),  # even at worst
    ],
)
def test_availability_is_judged_by_what_can_be_known(given_: dict[str, Any], verdict: str) -> None:
    assert measured(**given_)["availability"].verdict == verdict


def test_nothing_counted_is_no_data_and_never_100_percent() -> None:
    for one in measured().values():
        assert (one.value, one.verdict) == (None, "too little data")
        assert wording.value(one) == "no data"


@pytest.mark.parametrize(
    ("healed", "unhealed", "verdict"),
    [(9, 1, "met"), (8, 2, "missed"), (9, 0, "too little data"), (0, 0, "too little data")],
)
def test_healing_needs_ten_outages(healed: int, unhealed: int, verdict: str) -> None:
    assert measured(recovered=healed, escalated=unhealed)["self_healing"].verdict == verdict


def test_starts_that_fail_use_up_what_the_target_leaves() -> None:
    found = measured(starts_good=796, starts_failed=4, start_seconds=796 * 12)

    assert wording.budget(found["start_success"]) == "4 of 4 failed starts used"
    assert (found["start_success"].verdict, found["cold_start"].value) == ("met", 12)


def test_budget_of_availability_is_in_minutes() -> None:
    found = measured(available=99_970, eligible=100_000)["availability"]

    assert wording.budget(found) == "13 of 43 minutes used"  # 0.03 % of 43,200 minutes is 12.96


@given(st.floats(90, 100), st.sampled_from([99.5, 99.9, 99.95, 95.0]))
def test_no_percentage_is_shown_rounded_up(value: float, target: float) -> None:
    shown = float(wording.percent(value).removesuffix("\u00a0%"))

    assert shown <= value + 1e-6
    assert not (value < target - 1e-6 and shown >= target)


def test_interval_of_nine_of_ten() -> None:
    low, high = interval(9, 10)

    assert (round(low or 0), round(high or 0)) == (60, 98)


@pytest.mark.parametrize(("available", "percent"), [(999, 0), (998, 10), (990, 10), (989, 25), (949, 100)])
def test_credit_is_that_of_the_lowest_band(available: int, percent: float) -> None:
    assert credit(measured(available=available, eligible=1000)["availability"], BANDS) == percent


def test_no_credit_is_decided_with_too_little_data() -> None:
    assert credit(measured(available=990, eligible=1000, unseen=9000, coverage=0.1)["availability"], BANDS) is None
