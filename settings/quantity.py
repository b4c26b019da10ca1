"""Kubernetes quantities (`500m`, `8Gi`, `1e3`): exact values, and the spelling the API server itself uses.

Grammar and canonical form: the Kubernetes API reference, `Quantity` (k8s.io/apimachinery/pkg/api/resource).
"""

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from settings.base import Rule
from settings.errors import Refusal

_QUANTITY = re.compile(r"\+?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2}|[A-Za-z]{0,3})", re.ASCII)
_BINARY = {suffix: 1024**power for power, suffix in enumerate(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], 1)}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BY_POWER = {power: suffix for suffix, power in _DECIMAL.items()}
_GREATEST = 2**63 - 1
_MEBI = 1024**2

_CPU_WORDS = "a number of CPUs above 0 in steps of 0.001, such as 2, 0.5 or 500m"
_BYTES_WORDS = "a size of at least 1Mi, such as 512Mi, 8Gi or 100G"


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Fraction:
    """The exact value of a quantity.

    Args:
        text: Digits with an optional suffix: n, u, m, k, M, G, T, P, E; Ki, Mi, Gi, Ti, Pi, Ei; or e3.

    Returns:
        The value: CPUs, bytes or a count.

    Raises:
        Refusal: When it is no quantity, is negative, or is greater than 2^63 - 1.
    """
    match = _QUANTITY.fullmatch(text)
    if not match:
        if re.fullmatch(r"-[0-9.]+[A-Za-z]*", text):
            raise Refusal("is negative", "write a quantity above 0")
        raise Refusal("is not a quantity", "write digits and a unit without a space, such as 500m or 8Gi")
    number, suffix = Fraction(match[1].rstrip(".")), match[2]
    if suffix in _BINARY:
        value = number * _BINARY[suffix]
    elif suffix in _DECIMAL:
        value = number * Fraction(10) ** _DECIMAL[suffix]
    elif suffix[0] in "eE" and len(suffix) > 1:
        value = number * Fraction(10) ** int(suffix[1:])
    else:
        raise Refusal(f"has the unknown unit {suffix}", _unit_fix(match[1], suffix))
    if value > _GREATEST:
        raise Refusal("is too large for Kubernetes (2^63 - 1)", "write a smaller quantity")
    return value


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """Spells a quantity as the API server reports it, so that no difference shows up later.

    Raises:
        Refusal: As `parse_quantity`; also for a value finer than 1n.
    """
    value = parse_quantity(text)
    match = _QUANTITY.fullmatch(text)
    suffix = match[2] if match else ""
    if suffix in _BINARY and value.denominator == 1 and value >= 1024:
        power = max(p for p in range(7) if value.numerator % 1024**p == 0)
        return f"{value.numerator // 1024**power}{['', *_BINARY][power]}"
    scaled = value * 10**9
    if scaled.denominator != 1:
        raise Refusal("is finer than one billionth", "write fewer decimals")
    amount, power = scaled.numerator, -9
    if amount == 0:
        return "0"
    while amount % 1000 == 0 and power < 18:
        amount, power = amount // 1000, power + 3
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return f"{amount}e{power}" if power else str(amount)
    return f"{amount}{_BY_POWER[power]}"


def written(value: Fraction, like: str = "") -> str:
    """Writes a computed value for a message: bytes with a binary unit, anything else as a decimal.

    Args:
        value: The value.
        like: "bytes" for sizes.
    """
    if like == "bytes":
        for suffix, factor in reversed(_BINARY.items()):
            if value >= factor:
                return f"{_decimal(value / factor)}{suffix}"
    return _decimal(value)


def cpu(value: object, zero: bool = False) -> str:
    """Accepts CPUs: above 0 (or 0 too), not finer than 0.001 as Kubernetes demands.

    Raises:
        Refusal: When it is something else.
    """
    text = _text(value, "2 or 500m")
    if re.search(r"[KMGTPE]i$", text):
        raise Refusal("is a size in bytes, not a number of CPUs", "write CPUs such as 2 or 500m")
    amount = parse_quantity(text)
    if amount == 0 and not zero:
        raise Refusal("is zero", "write a quantity above 0")
    if (amount * 1000).denominator != 1:
        raise Refusal(
            "is finer than 0.001 CPU, the smallest step Kubernetes knows", "round it to thousandths, such as 500m"
        )
    return canonical(text)


def size(value: object, zero: bool = False) -> str:
    """Accepts a size in bytes: at least 1Mi (or 0 too), whole bytes.

    Raises:
        Refusal: When it is something else.
    """
    text = _text(value, "8Gi")
    amount = parse_quantity(text)
    if amount == 0 and zero:
        return "0"
    if re.search(r"[0-9]m$", text):
        mebi = f"{text[:-1]}Mi"
        raise Refusal("is in thousandths of a byte (m)", f"write {mebi} if you mean mebibytes")
    if amount < _MEBI:
        number = text if re.fullmatch(r"[0-9]+", text) else "8"
        raise Refusal("is less than 1Mi; a size without a unit is in bytes", f"add a unit, such as {number}Gi")
    if amount.denominator != 1:
        raise Refusal("is not a whole number of bytes", f"write {math.ceil(amount / _MEBI)}Mi")
    return canonical(text)


def _rule(kind: str, zero: bool) -> Rule:
    accept = cpu if kind == "CPUs" else size
    words = _CPU_WORDS if kind == "CPUs" else _BYTES_WORDS
    if zero:
        words = words.replace("above 0", "from 0").replace("of at least 1Mi", "of 0, or at least 1Mi")
    schema = {
        "anyOf": [
            {"type": "string", "pattern": r"^\+?[0-9.]+([eE][+-]?[0-9]+|[A-Za-z]{0,2})$"},
            {"type": "number", "minimum": 0},
        ]
    }
    return Rule(lambda value: accept(value, zero), f"quantity ({kind})", words, schema)


Cpu = Annotated[str, _rule("CPUs", zero=False)]
CpuOrZero = Annotated[str, _rule("CPUs", zero=True)]
Size = Annotated[str, _rule("bytes", zero=False)]
SizeOrZero = Annotated[str, _rule("bytes", zero=True)]


def _text(value: object, example: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        what = "has no value" if value is None else "is not a quantity"
        raise Refusal(what, f"write a quantity such as {example}")
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > _GREATEST:
        raise Refusal("is not a number that Kubernetes can hold", f"write a quantity such as {example}")
    return repr(value)


def _unit_fix(number: str, suffix: str) -> str:
    base = suffix[0].upper()
    if base in "KMGTPE" and suffix.lower() in (
        base.lower(),
        f"{base}b".lower(),
        f"{base}ib".lower(),
        f"{base}i".lower(),
    ):
        return f"write {number}{base}i (powers of 1024) or {number}{'k' if base == 'K' else base} (powers of 1000)"
    return "use one of the units m, k, M, G, T or Ki, Mi, Gi, Ti"


def _decimal(value: Fraction) -> str:
    # Rounded down: what is said to be free has to fit.
    return f"{math.floor(value * 1000) / 1000:.3f}".rstrip("0").rstrip(".")
