"""Arithmetic with quantities: the same numbers as the settings' parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.quantity import amount, less
from settings.quantity import parse_quantity

SUFFIXES = ["", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]


@given(st.integers(0, 7), st.sampled_from(SUFFIXES))
def test_amount_is_what_the_settings_understand(number, suffix):
    assert amount(f"{number}{suffix}") == parse_quantity(f"{number}{suffix}")


@given(st.integers(0, 1000), st.integers(0, 1000), st.sampled_from(["", "m", "Gi"]))
def test_what_is_left_and_what_was_taken_make_the_whole(left, taken, suffix):
    whole = f"{left + taken}{suffix}"

    assert amount(less(whole, f"{taken}{suffix}")) == amount(f"{left}{suffix}")


def test_nothing_taken_leaves_the_writing_alone():
    assert less("64Gi", "0") == "64Gi"


@pytest.mark.parametrize("text", ["", "x", "1 Gi", "-1", "1Xi"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match="is not a quantity"):
        amount(text)
