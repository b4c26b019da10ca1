"""What a Kubernetes quantity stands for."""

import re
from fractions import Fraction

from policies.values import Value

_SUFFIXES = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1)} | {
    f"{letter}{binary}": Fraction(base) ** power
    for binary, base in (("", 1000), ("i", 1024))
    for power, letter in enumerate(("k" if not binary else "K", "M", "G", "T", "P", "E"), start=1)
}
_QUANTITY = r"([+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))(?:[eE]([+-]?[0-9]{1,2})|([A-Za-z]*))"

POSITIVE = "quantity(string({})).isGreaterThan(quantity('0'))"
"""The same as `positive` in CEL."""


def amount(quantity: str) -> Fraction:
    """The number that a quantity stands for: `500m` is one half, `1Ki` is 1024 (Kubernetes documentation, "Quantity").

    Raises:
        ValueError: It is not a quantity.
    """
    match = re.fullmatch(_QUANTITY, quantity)
    if match is None or (match[3] or "") not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is not a quantity such as 500m, 16 or 64Gi")
    return Fraction(match[1]) * (Fraction(10) ** int(match[2]) if match[2] else _SUFFIXES[match[3] or ""])


def equal(one: Value, other: Value) -> bool:
    """Whether two quantities stand for the same number; of what is no quantity, whether it is the same text.

    Raises:
        Undecided: One of them is not known yet.
    """
    try:
        return amount(one.text()) == amount(other.text())
    except ValueError:
        return one.text() == other.text()


def number(value: Value, otherwise: int = 0) -> Fraction:
    """The number that a quantity stands for, or another one for what is none, of which the API server speaks itself.

    Raises:
        Undecided: It is not known yet.
    """
    try:
        return amount(value.text())
    except ValueError:
        return Fraction(otherwise)


def whole(value: Value) -> bool:
    """Whether a quantity is a whole number."""
    return number(value, 1).denominator == 1


def positive(value: Value) -> bool:
    """Whether a quantity is set, and is more than 0: to the node a limit of 0 is none.

    Raises:
        Undecided: It is not known yet.
    """
    return value.get() is not None and number(value, 1) > 0
