"""Licence expressions against a list of licences that a site refuses."""

import fnmatch
import re
from collections.abc import Sequence

TOKEN = re.compile(r"\(|\)|[^\s()]+(?:\s+(?!AND\b|OR\b|WITH\b)[^\s()]+)*", re.IGNORECASE)
"""Brackets, or a run of words that are no operators: some upstream licences are prose, such as `BSD 3-Clause`."""


def denied_licence(expression: str | None, deny: Sequence[str]) -> str | None:
    """The licence of an expression that the list refuses, or None if the expression can be fulfilled without one.

    `A OR B` is refused if both are, `A AND B` if one is. What is no valid expression is judged by its single licences.

    Args:
        expression: SPDX expression, or upstream's free text.
        deny: Licences or patterns such as `AGPL-*`; case does not matter.
    """
    if not expression or not deny:
        return None
    tokens = [token for part in re.split(r"\b(AND|OR|WITH)\b", expression) for token in TOKEN.findall(part)]
    try:
        found, rest = _either(tokens, deny)
        if rest:
            raise ValueError(rest)
    except (ValueError, IndexError):
        return next((token for token in tokens if _refused(token, deny)), None)
    return found


def _either(tokens: list[str], deny: Sequence[str]) -> tuple[str | None, list[str]]:
    found, tokens = _every(tokens, deny)
    while tokens and tokens[0] == "OR":
        other, tokens = _every(tokens[1:], deny)
        found = found if other else None
    return found, tokens


def _every(tokens: list[str], deny: Sequence[str]) -> tuple[str | None, list[str]]:
    found, tokens = _one(tokens, deny)
    while tokens and tokens[0] == "AND":
        other, tokens = _one(tokens[1:], deny)
        found = found or other
    return found, tokens


def _one(tokens: list[str], deny: Sequence[str]) -> tuple[str | None, list[str]]:
    if tokens[0] == "(":
        found, tokens = _either(tokens[1:], deny)
        if tokens[0] != ")":
            raise ValueError(tokens[0])
        return found, tokens[1:]
    if tokens[0] in ("AND", "OR", "WITH", ")"):
        raise ValueError(tokens[0])
    licence, tokens = tokens[0], tokens[1:]
    if tokens and tokens[0] == "WITH":  # an exception only ever permits more
        tokens = tokens[2:]
    return (licence if _refused(licence, deny) else None), tokens


def _refused(licence: str, deny: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(licence.lower(), pattern.lower()) for pattern in deny)
