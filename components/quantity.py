"""Arithmetic with Kubernetes quantities, as far as components need it (they do not know the settings' parser)."""

import math

from policies.quantities import amount

__all__ = ["amount", "less", "plus"]


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
