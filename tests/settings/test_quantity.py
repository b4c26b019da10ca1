"""Quantities are exact, and spelled as the API server spells them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils import parse_quantity as client_parse_quantity

from settings.errors import Refusal
from settings.quantity import canonical, cpu, parse_quantity, size, written
from tests.settings.examples import answer

SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E2", "e-2", "e+1"]
NUMBERS = st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?|\.[0-9]{1,3}", fullmatch=True)
QUANTITIES = st.builds(lambda number, suffix: number + suffix, NUMBERS, st.sampled_from(SUFFIXES))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Fraction(0)),
        ("2", Fraction(2)),
        ("0.1", Fraction(1, 10)),
        ("+3.", Fraction(3)),
        (".5", Fraction(1, 2)),
        ("500m", Fraction(1, 2)),
        ("1n", Fraction(1, 10**9)),
        ("1Ki", Fraction(1024)),
        ("1.5Gi", Fraction(3 * 2**29)),
        ("8E", Fraction(8 * 10**18)),
        ("12e6", Fraction(12_000_000)),
        ("1E3", Fraction(1000)),
        ("5e-3", Fraction(1, 200)),
    ],
)
def test_quantities_have_exact_values(text: str, value: Fraction):
    assert parse_quantity(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "-1",
        "1,5",
        "1..2",
        ".",
        "Gi",
        "1ki",
        "1GB",
        "1gi",
        "0x10",
        "1e",
        "1e1000",
        "e3",
        "\u0661",
        "1Gii",
        "9223372036854775808",
        "8Ei",
        "nan",
        "inf",
        "1_000",
    ],
)
def test_other_texts_are_refused(text: str):
    with pytest.raises(Refusal):
        parse_quantity(text)


@given(QUANTITIES)
def test_values_agree_with_the_kubernetes_client(text: str):
    theirs: Decimal = client_parse_quantity(text)

    assert parse_quantity(text) == Fraction(theirs)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1000", "1k"),
        ("1500", "1500"),
        ("0Gi", "0"),
        ("0.5Ki", "512"),
        ("1e3", "1e3"),
        ("15e2", "1500"),
        ("100000k", "100M"),
        ("+2.0", "2"),
        ("1100m", "1100m"),
    ],
)
def test_quantities_are_spelled_as_the_api_server_spells_them(text: str, spelled: str):
    assert canonical(text) == spelled


@given(QUANTITIES)
def test_spelling_keeps_the_value_and_is_stable(text: str):
    spelled = answer(canonical, text)

    if isinstance(spelled, Refusal):
        assert (parse_quantity(text) * 10**9).denominator != 1
    else:
        assert parse_quantity(spelled) == parse_quantity(text)
        assert canonical(spelled) == spelled


@given(st.integers(1, 10**6))
def test_cpus_in_thousandths_are_accepted_however_they_are_written(thousandths: int):
    as_milli, as_decimal = cpu(f"{thousandths}m"), cpu(f"{Decimal(thousandths) / 1000}")

    assert as_milli == as_decimal
    assert parse_quantity(as_milli) == Fraction(thousandths, 1000)


@given(st.integers(1, 2**20))
def test_sizes_are_accepted_as_numbers_and_as_texts(mebibytes: int):
    as_number, as_text = size(mebibytes * 1024**2), size(f"{mebibytes}Mi")

    assert parse_quantity(as_number) == parse_quantity(as_text)


@pytest.mark.parametrize("value", [True, None, [], {}, float("nan"), float("inf"), 10**400, -(10**400), 0, "0", "0m"])
def test_values_that_are_no_amount_are_refused(value: object):
    with pytest.raises(Refusal):
        cpu(value)
    with pytest.raises(Refusal):
        size(value)


def test_zero_is_accepted_where_nothing_may_be_meant():
    assert cpu(0, zero=True) == "0"
    assert size("0Gi", zero=True) == "0"


@pytest.mark.parametrize(
    ("given_text", "fix"),
    [("64GB", "64Gi"), ("64gb", "64Gi"), ("64Gib", "64Gi"), ("5kb", "5Ki"), ("2t", "2Ti"), ("64Mb", "64Mi")],
)
def test_common_wrong_units_are_put_right(given_text: str, fix: str):
    with pytest.raises(Refusal, match=f"write {fix}"):
        size(given_text)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Fraction(31, 2), "", "15.5"),
        (Fraction(62 * 2**30), "bytes", "62Gi"),
        (Fraction(2**29), "bytes", "512Mi"),
        (Fraction(2**30 - 1), "bytes", "1023.999Mi"),
    ],
)
def test_computed_values_are_written_for_people(value: Fraction, unit: str, text: str):
    assert written(value, unit) == text
