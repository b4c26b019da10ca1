"""Durations and cron schedules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.errors import Refusal
from settings.schedule import cron, duration
from tests.settings.examples import answer


@pytest.mark.parametrize("text", ["0s", "15m", "24h", "1h30m", "90s"])
def test_durations(text: str):
    assert duration(text) == text


@pytest.mark.parametrize("value", ["", "15", "m", "1.5h", "1d", "-5m", "5 m", "5M", "1h ", "5m\n", 15, 1.5, True, None])
def test_other_durations_are_refused(value: object):
    with pytest.raises(Refusal):
        duration(value)


@pytest.mark.parametrize(
    "text",
    ["* * * * *", "0 8 * * 1-5", "*/15 0-6 1,15 jan-mar MON", "0 0 29 2 ?", "5-10/2 * * * 0", "@daily", "@weekly"],
)
def test_cron_schedules(text: str):
    assert cron(text) == text


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of the month"),
        ("* * * 13 *", "month"),
        ("* * * * 7", "day of the week"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        ("1-2-3 * * * *", "minute"),
        (", * * * *", "minute"),
        ("* x * * *", "hour"),
    ],
)
def test_a_wrong_cron_field_is_named(text: str, field: str):
    with pytest.raises(Refusal, match=f"wrong {field}:"):
        cron(text)


@pytest.mark.parametrize("value", ["", "* * * *", "* * * * * *", "@never", "@every 1h", 5, None, ["*"]])
def test_what_is_no_cron_schedule_is_refused(value: object):
    with pytest.raises(Refusal):
        cron(value)


@given(st.text(max_size=20) | st.from_regex(r"[-0-9*/,a-z ]{5,20}", fullmatch=True))
def test_any_text_is_answered(text: str):
    for given_back in (answer(cron, text), answer(duration, text)):
        assert given_back.fix if isinstance(given_back, Refusal) else given_back
