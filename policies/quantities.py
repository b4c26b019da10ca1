"""What a Kubernetes quantity stands for, as far as rules and components need it."""

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
