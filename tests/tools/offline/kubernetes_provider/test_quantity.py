"""Kubernetes quantities."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.offline.kubernetes_provider.provider import quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [("1Gi", "1024Mi"), ("1", "1000m"), (1, "1"), ("0.5", "500m"), ("1e3", "1k"), ("1.5Gi", "1536Mi"), ("+1", "1")],
)
def test_spellings_of_one_amount(one, other):
    assert quantity.amount(one) == quantity.amount(other)


@pytest.mark.parametrize("value", ["", "x", "1 Gi", "1GiB", "--1", None, True, [], "1e", "Gi"])
def test_what_is_no_quantity(value):
    assert quantity.amount(value) is None


@given(st.integers(0, 10**9), st.sampled_from([s for s in quantity.SUFFIXES if s]))
def test_a_suffix_multiplies(number, suffix):
    assert quantity.amount(f"{number}{suffix}") == Decimal(number) * quantity.SUFFIXES[suffix]


@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_not(text):
    assert quantity.amount(text) is None or quantity.amount(text) == quantity.amount(text)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("spec", "resources", "requests", "cpu"), True),
        (("spec", "hard", "requests.nvidia.com/gpu"), True),
        (("spec", "volumes", 0, "emptyDir", "sizeLimit"), True),
        (("metadata", "labels", "size"), False),
        ((), False),
    ],
)
def test_places_of_quantities(path, place):
    assert quantity.is_place(path) == place


def test_elsewhere_text_is_text():
    assert not quantity.same(("data", "a"), "1Gi", "1024Mi")
    assert not quantity.same(("data", "a"), 1, True)
