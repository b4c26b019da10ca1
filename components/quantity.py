"""Arithmetic with Kubernetes quantities, as far as components need it (they do not know the settings' parser)."""

import math
import re
from fractions import Fraction

_SUFFIXES = {"m": Fraction(1, 1000), "": Fraction(1)} | {
    f"{letter}{binary}": Fraction(base) ** power
    for binary, base in (("", 1000), ("i", 1024))
    for power, letter in enumerate(("k" if not binary else "K", "M", "G", "T", "P", "E"), start=1)
}


def amount(quantity: str) -> Fraction:
    """The number that a quantity stands for: `500m` is one half, `1Ki` is 1024 (Kubernetes documentation, "Quantity").

    Raises:
        ValueError: It is not a quantity.
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?)([A-Za-z]*)", quantity)
    if match is None or match[2] not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is not a quantity such as 500m, 16 or 64Gi")
    return Fraction(match[1]) * _SUFFIXES[match[2]]


def less(total: str, part: str) -> str:
    """What is left of a quantity: in its own writing if nothing is taken, else in thousandths or whole units."""
    taken = amount(part)
    if not taken:
        return total
    left = amount(total) - taken
    return str(left) if left.denominator == 1 else f"{int(left * 1000)}m"


def plus(one: str, other: str) -> str:
    """The sum of two quantities, in whole units (rounded up)."""
    return str(math.ceil(amount(one) + amount(other)))
