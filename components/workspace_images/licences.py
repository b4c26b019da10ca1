"""Licences of an image's packages, read from its software bill of materials (CycloneDX)."""

import json
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase as fnmatch
from typing import Any

_OPERATORS = ("AND", "OR", "WITH")
_OPERATOR = re.compile(rf"\b({'|'.join(_OPERATORS)})\b")
# Some upstream licences are prose, such as `BSD 3-Clause`: a run of words is one licence.
_LICENCE = re.compile(r"[()]|[^\s()]+(?:\s+(?!(?:AND|OR|WITH)\b)[^\s()]+)*", re.IGNORECASE)


class _MalformedError(ValueError):
    """A text is no SPDX expression."""


def refused(bill: bytes, denied: Sequence[str]) -> list[str]:
    """The packages of a bill that cannot be used without a denied licence, as `name version (licence)`.

    Args:
        bill: CycloneDX document, JSON.
        denied: SPDX identifiers; `AGPL-*` and the like are understood.
    """
    if not denied:
        return []
    found = []
    for component in json.loads(bill).get("components") or ():
        for licence in _licences(component):
            if not passes(licence, denied):
                found.append(f"{component.get('name')} {component.get('version')} ({licence})")
                break
    return sorted(found)


def passes(expression: str, denied: Sequence[str]) -> bool:
    """Whether an expression can be fulfilled without a denied licence: the mirror's rule, too.

    `A OR B` passes if one of them does, `A AND B` if both do; an exception (`WITH`) only ever permits more. A text that
    is no expression passes if none of its licences is denied.

    Args:
        expression: SPDX expression, or upstream's free text.
        denied: SPDX identifiers or patterns such as `AGPL-*`; case does not matter.
    """
    words = [word for part in _OPERATOR.split(expression) for word in _LICENCE.findall(part)]
    ahead = words[::-1]
    try:
        allowed = _choice(ahead, denied)
        if ahead:
            raise _MalformedError
    except _MalformedError:
        return not any(_denied(word, denied) for word in words)
    return allowed


def _choice(ahead: list[str], denied: Sequence[str]) -> bool:
    """One or more parts with OR between them; takes them from the end of `ahead`, the words in reverse."""
    allowed = [_union(ahead, denied)]
    while ahead and ahead[-1] == "OR":
        ahead.pop()
        allowed.append(_union(ahead, denied))
    return any(allowed)


def _union(ahead: list[str], denied: Sequence[str]) -> bool:
    allowed = [_single(ahead, denied)]
    while ahead and ahead[-1] == "AND":
        ahead.pop()
        allowed.append(_single(ahead, denied))
    return all(allowed)


def _single(ahead: list[str], denied: Sequence[str]) -> bool:
    word = ahead.pop() if ahead else ")"
    if word in (*_OPERATORS, ")"):
        raise _MalformedError
    if word == "(":
        allowed = _choice(ahead, denied)
        if not ahead or ahead.pop() != ")":
            raise _MalformedError
        return allowed
    if ahead and ahead[-1] == "WITH":
        del ahead[-2:]
    return not _denied(word, denied)


def _denied(licence: str, denied: Sequence[str]) -> bool:
    return any(fnmatch(licence.lower(), pattern.lower()) for pattern in denied)


def _licences(component: dict[str, Any]) -> Iterator[str]:
    for choice in component.get("licenses") or ():
        licence = choice.get("license") or {}
        yield from (str(text) for text in (choice.get("expression"), licence.get("id"), licence.get("name")) if text)
