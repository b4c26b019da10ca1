from datetime import date

import pytest

from tools.lock.python_versions import end_of_life_warning, newest_supported


def test_a_version_that_has_ended_is_warned_about_with_what_it_means() -> None:
    warning = end_of_life_warning("3.10", ["default", "vision"], date(2026, 11, 1))

    assert warning is not None
    assert "reached its end of life in October 2026 (default, vision)" in warning
    assert "no security fixes" in warning
    assert "conda-forge stopped building for it on 31 August 2026" in warning
    assert 'python: "3.12"' in warning


@pytest.mark.parametrize(
    ("python", "today"), [("3.10", date(2026, 10, 31)), ("3.12", date(2026, 11, 25)), ("3.99", date(2040, 1, 1))]
)
def test_a_version_that_gets_fixes_is_not(python: str, today: date) -> None:
    assert end_of_life_warning(python, ["default"], today) is None


@pytest.mark.parametrize(
    ("today", "python"), [(date(2026, 11, 25), "3.12"), (date(2028, 1, 1), "3.13"), (date(2040, 1, 1), "3.14")]
)
def test_the_version_to_move_to_has_time_left(today: date, python: str) -> None:
    assert newest_supported(today) == python
