from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.service_levels.days import Span, day, days_before, last_month, month, month_of
from services.service_levels.errors import ServiceLevelsError

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Cairo", "Australia/Lord_Howe"]
)
MONTHS = st.builds("{:04}-{:02}".format, st.integers(2015, 2035), st.integers(1, 12))


@given(MONTHS, ZONES)
def test_days_of_a_month_follow_each_other_without_a_gap(name: str, zone: str) -> None:
    found = month(name, ZoneInfo(zone))

    assert found.days[0].start == found.start
    assert found.days[-1].end == found.end
    assert all(one.end == following.start for one, following in zip(found.days, found.days[1:], strict=False))
    assert sum(one.seconds for one in found.days) == found.seconds


@given(st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)), ZONES)
def test_a_moment_is_in_its_month_and_its_last_day(moment: datetime, zone: str) -> None:
    at = moment.replace(tzinfo=UTC)

    found, days = month_of(at, ZoneInfo(zone)), days_before(at, 90, ZoneInfo(zone))

    assert found.start <= at < found.end
    assert days[-1].start <= at < days[-1].end
    assert len(days) == 90
    assert last_month(at, ZoneInfo(zone)).end == found.start


@pytest.mark.parametrize(
    ("of", "zone", "hours"),
    [
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 11, 1), "America/New_York", 25),
        (date(2026, 4, 24), "Africa/Cairo", 23),  # clocks go forward at midnight
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_has_the_hours_that_the_clocks_give_it(of: date, zone: str, hours: float) -> None:
    assert day(of, ZoneInfo(zone)).seconds == hours * 3600


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "October", "1969-12", ""])
def test_refuses_what_is_no_month(name: str) -> None:
    with pytest.raises(ServiceLevelsError, match="is not a month; write year and month, such as 2026-10"):
        month(name, ZoneInfo("UTC"))


def test_overlap_of_spans() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    hour, later = timedelta(hours=1), begin + timedelta(hours=3)

    assert Span(begin, begin + 2 * hour).overlap(Span(begin + hour, later)) == 3600
    assert Span(begin, begin + hour).overlap(Span(later, later + hour)) == 0
