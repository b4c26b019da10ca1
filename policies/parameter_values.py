"""Which values parameters may have: what is refused here would otherwise be a violation of every object."""

import json
import re
import reprlib
from collections.abc import Mapping
from typing import Any

from policies.parameter_set import Parameters

PLACEHOLDERS = ("{registry}", "{domain}")
RESOLVED = ("registries", "mirrors", "domain")
"""Parameters in which placeholders stand for the stack's own settings."""
LARGEST_ID = 2**31 - 1
"""Of a user in Kubernetes."""
RANGES = {
    "minimum_user_id": (0, LARGEST_ID),
    "maximum_user_id": (1, LARGEST_ID),
    "maximum_idle_minutes": (1, 999_999),
    "gpus": (0, 1_000_000),
}
PERCENT, TIMES = (0, 100), (0, 1_000_000)


def shown(value: Any) -> str:
    """A value for a message: no longer than a line, and as JSON writes it."""
    return json.dumps(value) if value is None or isinstance(value, bool | float) else reprlib.repr(value)


def wrong(name: str, value: Any) -> str | None:
    """What is wrong with a parameter's value, as the end of a sentence; None if nothing is.

    Args:
        name: Of the field of `Parameters`.
        value: As JSON has it.
    """
    default = getattr(Parameters(), name)
    if isinstance(default, bool):
        return None if isinstance(value, bool) else f"must be true or false, not {shown(value)}"
    if name in RANGES:
        return None if _is_within(value, *RANGES[name], whole=True) else _range("whole number", *RANGES[name], value)
    if isinstance(default, tuple):
        return _wrong_list(name, value)
    if name == "alerts":
        texts = isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
        return None if texts else "must be an object of texts"
    if isinstance(default, Mapping):
        return _wrong_limits(set(default), PERCENT if name == "floors" else TIMES, value)
    if not isinstance(value, str) or not value:
        return "must be a text"
    if name == "pod_security_version" and not re.fullmatch(r"v1\.[0-9]{1,3}", value):
        return (
            f"is {shown(value)}; write a version of Kubernetes such as {default}"
            " (`latest` would change its meaning with the cluster)"
        )
    return _wrong_placeholder(name, value)


def contradictions(parameters: Parameters) -> list[str]:
    """What is wrong with parameters that are right one by one; the defaults count as well."""
    low, high = parameters.minimum_user_id, parameters.maximum_user_id
    if low <= high:
        return []
    return [f"parameters.minimumUserId ({low}) is above maximumUserId ({high}): no user is left; change one of them"]


def _wrong_list(name: str, value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        return "must be a list of texts"
    bare = [item for item in value if name == "registries" and not item.endswith("/")]
    if bare:
        # Without it `registry.example.org:5000` would also allow `registry.example.org:5000.evil.example`.
        return f"must end with a slash: {shown(bare[0])}"
    return next((problem for item in value if (problem := _wrong_placeholder(name, item))), None)


def _wrong_limits(known: set[str], allowed: tuple[int, int], value: Any) -> str | None:
    if not isinstance(value, Mapping) or set(value) - known:
        return f"must be an object with some of {', '.join(sorted(known))}"
    bad = next((key for key, item in value.items() if not _is_within(item, *allowed)), None)
    return None if bad is None else f"must hold numbers: {bad} {_range('number', *allowed, value[bad])}"


def _wrong_placeholder(name: str, text: str) -> str | None:
    known = PLACEHOLDERS if name in RESOLVED else ()
    for found in re.findall(r"\{[^{}]*\}?", text):
        if found not in known:
            allowed = f"placeholders are {' and '.join(known)}" if known else "no placeholder is replaced here"
            return f"holds {shown(found)} in {shown(text)}; {allowed}"
    return None


def _is_within(value: Any, low: int, high: int, *, whole: bool = False) -> bool:
    """Whether it is a number of a range; NaN is in none, and true is no number, though Python says so."""
    return not isinstance(value, bool) and isinstance(value, int if whole else int | float) and low <= value <= high


def _range(what: str, low: int, high: int, value: Any) -> str:
    return f"must be a {what} from {low} to {high}, not {shown(value)}"
