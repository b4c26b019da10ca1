"""Reads what the rules are told for each stack: `policies/config/<stack>.json`, checked once."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from policies.changes.table import CHANGE_BY_ID
from policies.fleet import STACK_RULES
from policies.nearest import meant
from policies.parameter_set import Exemption, Parameters, key_of
from policies.parameter_values import contradictions, shown, wrong
from policies.table import BY_ID

__all__ = ["FOLDER", "Exemption", "Parameters", "PolicyConfigError", "key_of", "load", "parse"]

FOLDER = Path(__file__).resolve().parent / "config"
LEVELS = ("mandatory", "advisory", "disabled")
EXEMPTION_KEYS = ("rule", "resource", "reason", "owner", "expires")
PARTS = {
    "parameters": (Mapping, 'an object, such as {"internetEgress": false}'),
    "levels": (Mapping, 'an object, such as {"SLATE-DNS": "advisory"}'),
    "exemptions": (list, "a list of objects, each with rule, resource, reason, owner and expires"),
}
STACK_RULE_IDS = frozenset(rule.id for rule in STACK_RULES)
RULE_IDS = STACK_RULE_IDS.union(BY_ID, CHANGE_BY_ID)
_NAMES = {
    key_of(entry.name): entry for entry in fields(Parameters) if entry.name not in ("levels", "exemptions", "source")
}
_SYNTAX = (
    "Write names and texts in double quotes, and a comma between entries but not after the last; close every { and [;"
    ' remarks are the value of a key "$comment"'
)


class PolicyConfigError(ValueError):
    """A file of parameters is not as it must be; the message says what, where and how to put it right."""


def load(stack: str, folder: Path = FOLDER) -> Parameters:
    """The parameters of a stack: its own file, else `default.json`.

    Raises:
        PolicyConfigError: The file cannot be read or is not right.
    """
    path = folder / f"{stack}.json"
    if not path.exists():
        path = folder / "default.json"
    source = f"policies/config/{path.name}"
    return parse(_document(path, source), source)


class _TwiceError(Exception):
    """Of two entries with one key, Python would take the last and drop the other without a word."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _document(path: Path, source: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except _TwiceError as error:
        raise PolicyConfigError(
            f"{source}: the key {shown(error.args[0])} is given twice; join both into one"
        ) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PolicyConfigError(f"{source} cannot be read: {place}: {error.msg}. {_SYNTAX}") from error
    except UnicodeDecodeError as error:
        raise PolicyConfigError(f"{source} cannot be read: it is no text in UTF-8; save it as such") from error
    except RecursionError as error:
        raise PolicyConfigError(f"{source} cannot be read: brackets are nested too deeply; remove some") from error
    except OSError as error:
        raise PolicyConfigError(f"{source} cannot be read: {error.strerror}") from error
    except ValueError as error:  # Python says it of whole numbers alone, and advises to raise its own limit
        raise PolicyConfigError(f"{source} cannot be read: a number has thousands of digits") from error


def parse(document: Any, source: str) -> Parameters:
    """Check the content of a file.

    Raises:
        PolicyConfigError: Names every problem.
    """
    if not isinstance(document, Mapping):
        raise PolicyConfigError(f"{source}: must be an object with parameters, levels and exemptions")
    problems = [
        f"unknown key {key!r}; allowed: {', '.join(PARTS)}" for key in document if key not in {"$comment", *PARTS}
    ]
    # A part that is there and of no use must not pass for one that is left out: its author relies on it.
    problems += [
        f"{part} must be {words}; it is {shown(document[part])}"
        for part, (kind, words) in PARTS.items()
        if part in document and not isinstance(document[part], kind)
    ]
    if problems:
        raise _refusal(source, problems)
    values = _values(document.get("parameters", {}), problems)
    levels = dict(document.get("levels", {}))
    problems += [problem for rule, level in levels.items() if (problem := _wrong_level(rule, level))]
    exemptions = [
        _exemption(entry, index, source, problems) for index, entry in enumerate(document.get("exemptions", []))
    ]
    found = tuple(entry for entry in exemptions if entry)
    parameters = Parameters(**values, levels=levels, exemptions=found, source=source)
    problems += contradictions(parameters)
    if problems:
        raise _refusal(source, problems)
    return parameters


def parse_date(text: str) -> date | None:
    """A day as ISO 8601 writes it, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _refusal(source: str, problems: list[str]) -> PolicyConfigError:
    return PolicyConfigError("\n".join(f"{source}: {problem}" for problem in problems))


def _values(given: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in given.items():
        entry = _NAMES.get(key)
        if entry is None:
            problems.append(f"parameters.{key} is unknown; allowed: {', '.join(sorted(_NAMES))}")
        elif problem := wrong(entry.name, value):
            problems.append(f"parameters.{key} {problem}")
        else:
            values[entry.name] = tuple(value) if isinstance(value, list) else value
    return values


def _wrong_level(rule: str, level: Any) -> str | None:
    if rule not in RULE_IDS:
        return f"levels.{rule}: there is no such rule{meant(rule, RULE_IDS) or ' (docs/policies.md lists them all)'}"
    return None if level in LEVELS else f"levels.{rule} is {shown(level)}; allowed: {', '.join(LEVELS)}"


def _exemption(entry: Any, index: int, source: str, problems: list[str]) -> Exemption | None:
    where = f"exemptions[{index}]"
    if not isinstance(entry, Mapping) or set(entry) - set(EXEMPTION_KEYS) or not {"rule", "resource"} <= set(entry):
        problems.append(f"{where} must have rule and resource, and reason, owner and expires; nothing else")
        return None
    texts = {key: entry.get(key) for key in EXEMPTION_KEYS}
    if odd := [key for key, value in texts.items() if not isinstance(value, str | None)]:
        problems.append(f"{where}.{odd[0]} must be a text, not {shown(texts[odd[0]])}")
        return None
    if problem := _wrong_shape(texts["rule"] or "", texts["resource"] or ""):
        problems.append(f"{where}.{problem}")
        return None
    if texts["rule"] in STACK_RULE_IDS:
        problems.append(f"{where}: {texts['rule']} is about the stack, not an object; set its level in levels instead")
        return None
    return _read(texts, source)


def _wrong_shape(rule: str, resource: str) -> str | None:
    """The API server gets exemptions as lines of words: one blank too many would name another object, or add a line."""
    if re.search(r"\s", rule):
        return f"rule is {shown(rule)}; write the id of one rule, without blanks"
    if not re.fullmatch(r"[A-Za-z]+ ([^\s/]+/)?[^\s/]+", resource):
        return f"resource is {shown(resource)}; write `Kind namespace/name`, or `Kind name` for objects of the cluster"
    return None


def _read(texts: Mapping[str, Any], source: str) -> Exemption:
    written = texts["expires"] or ""
    expires = parse_date(written)
    return Exemption(
        rule=texts["rule"] or "",
        resource=texts["resource"] or "",
        reason=texts["reason"] or "",
        owner=texts["owner"] or "",
        expires=expires,
        source=source,
        no_day="" if expires else written,
    )
