"""Quantities in every spelling of Kubernetes (its documentation, "Quantity")."""

from fractions import Fraction

import pytest

from policies.quantities import amount, equal, number, positive, whole
from policies.values import UNKNOWN, Undecided, Value


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1e3", 1000),
        ("1E3", 1000),
        ("1E", 10**18),
        ("1.5e-1", Fraction(3, 20)),
        ("+2", 2),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("7u", Fraction(7, 10**6)),
        ("7n", Fraction(7, 10**9)),
        ("1Ki", 1024),
    ],
)
def test_a_quantity_is_what_the_api_server_takes_it_for(text, meant):
    assert amount(text) == meant


@pytest.mark.parametrize("text", ["", ".", "e3", "1e3m", "1K", "1 ", "0x1", "one", "\u0661"])
def test_what_the_api_server_refuses_is_no_quantity(text):
    with pytest.raises(ValueError, match="is not a quantity"):
        amount(text)


def test_quantities_are_equal_by_what_they_stand_for():
    assert equal(Value("1Gi"), Value(1024**3))
    assert not equal(Value("1G"), Value("1Gi"))
    assert equal(Value("no quantity"), Value("no quantity"))


def test_nothing_and_0_are_no_limit_and_an_unknown_one_is_undecided():
    assert positive(Value("1m"))
    assert not any(positive(Value(raw)) for raw in (None, "0", 0, 0.0, "0Gi", "0e3"))
    with pytest.raises(Undecided):
        positive(Value(UNKNOWN))


def test_what_is_no_quantity_is_left_to_the_api_server():
    assert positive(Value("x"))
    assert whole(Value("x"))
    assert not whole(Value("1500m"))
    assert number(Value("x")) == 0
