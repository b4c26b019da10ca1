"""Kubernetes quantities: `1024Mi` and `1Gi` are the same amount (the API server stores one spelling of each)."""

import re
from decimal import Decimal
from typing import Any

SUFFIXES = {
    "": 1,
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "E": 10**18,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "Ei": 2**60,
}
_FORM = re.compile(r"([+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30}))(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)")

# The maps whose values are quantities, and single fields that are one.
MAPS = frozenset(
    [
        "allocatable",
        "allocated",
        "capacity",
        "default",
        "defaultRequest",
        "hard",
        "limits",
        "max",
        "min",
        "overhead",
        "requests",
        "podFixed",
        "used",
    ]
)
FIELDS = frozenset(["sizeLimit", "storage", "divisor"])


def amount(value: Any) -> Decimal | None:
    """The amount that a quantity stands for, or None if the value is no quantity."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    found = _FORM.fullmatch(str(value))
    if found is None:
        return None
    number, exponent, suffix = found.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent) if exponent else SUFFIXES[suffix or ""])


def is_place(path: tuple[Any, ...]) -> bool:
    """Whether the value at this path of an object is a quantity."""
    return bool(path) and (path[-1] in FIELDS or (len(path) > 1 and path[-2] in MAPS))


def same(path: tuple[Any, ...], one: Any, other: Any) -> bool:
    """Whether two values are equal; at a quantity's place, whether they are the same amount."""
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if not is_place(path):
        return False
    first, second = amount(one), amount(other)
    return first is not None and first == second
