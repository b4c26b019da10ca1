"""What packages to mirror: match specs as conda writes them, and the age that packages must have."""

import datetime
import re
from typing import Annotated

from settings.base import Rule, text
from settings.errors import Refusal

_SPEC = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(\s*[<>=!~][^\s:/\[\]]*|\s+[0-9*][^\s:/\[\]]*)*(\s+[A-Za-z0-9_*.]+)?")
_AGE = re.compile(r"([1-9][0-9]{0,3})d")


def match_spec(value: object) -> str:
    """Accepts a package's name with an optional version, such as `numpy >=2,<3`.

    Raises:
        Refusal: When it names a channel or a URL, which would lead past the list of trusted channels, or is no spec.
    """
    given = text(value).strip()
    if "::" in given or "channel=" in given:
        raise Refusal("names a channel", "write the package alone; upstreamChannels says where packages come from")
    if "/" in given or given.startswith("file:"):
        raise Refusal("is a URL or a path", "write the package's name and version")
    if not _SPEC.fullmatch(given):
        raise Refusal("is not a package with a version", "write it like numpy >=2,<3")
    return given


def package_age(value: object) -> str:
    """Accepts an age in days (`7d`) or a day (`2026-11-01`).

    Raises:
        Refusal: When it is something else.
    """
    if isinstance(value, datetime.date):  # YAML reads a bare 2026-11-01 as a day
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Refusal("has no unit", f"write {value}d for days")
    given = text(value)
    if _AGE.fullmatch(given):
        return given
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        try:
            return datetime.date.fromisoformat(given).isoformat()
        except ValueError:
            raise Refusal("is not a day of the calendar", "write it like 2026-11-01") from None
    raise Refusal("is neither an age in days nor a day", "write it like 7d or 2026-11-01")


MatchSpec = Annotated[
    str,
    Rule(
        match_spec,
        "match spec",
        "a package's name with an optional version, such as numpy >=2,<3; no channel, no URL",
        {"type": "string", "minLength": 1},
    ),
]
PackageAge = Annotated[
    str,
    Rule(
        package_age,
        "age or day",
        "an age in days such as 7d, or a day such as 2026-11-01",
        {"type": "string", "pattern": "^([1-9][0-9]*d|[0-9]{4}-[0-9]{2}-[0-9]{2})$"},
    ),
]
