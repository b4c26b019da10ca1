"""Tables of keys, made from the JSON schema of the settings."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from settings.schema import settings_schema

_OFTEN = 3
"""A kind of value that occurs this often is described once, in the section on values."""


def parts(path: str, node: dict[str, Any]) -> Iterator[tuple[str, str, list[tuple[str, dict[str, Any], bool]]]]:
    """Every mapping at and below a key: its heading, what it is, and its keys."""
    for suffix, model in models(node):
        heading = f"{path}{suffix}"
        keys = [(key, value, key in model.get("required", [])) for key, value in model["properties"].items()]
        yield heading, model.get("description", ""), keys
        for key, value, _ in keys:
            yield from parts(f"{heading.partition(' ')[0]}.{key}", value)


def models(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The mappings that a key holds, with the mark that its path gets: `[]` for entries, a type for alternatives."""
    if node.get("type") == "array":
        for suffix, model in models(node["items"]):
            yield f"[]{suffix}", model
    elif "discriminator" in node:
        for tag, reference in node["discriminator"]["mapping"].items():
            yield f" with type: {tag}", _definition(reference)
    else:
        for reference in [node.get("$ref"), *(option.get("$ref") for option in node.get("anyOf", []))]:
            if reference:
                yield "", _definition(reference)


def table(rows: list[tuple[str, dict[str, Any], bool]]) -> list[str]:
    """A Markdown table of keys: name, schema, whether required."""
    out = ["| key | type | default | meaning, allowed values |", "|---|---|---|---|"]
    for key, node, required in rows:
        meaning, facts = meaning_of(node), _facts(node)
        if "x-allowed" in facts and not _is_told_once(facts) and "enum" not in facts:
            meaning += f" Allowed: {facts['x-allowed']}."
        cells = (f"`{key}`", _kind(node), _default(node, required), meaning)
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return out


def _kind(node: dict[str, Any]) -> str:
    facts = _facts(node)
    if "x-kind" in facts:
        return facts["x-kind"]
    if "const" in facts:
        return f"`{facts['const']}`"
    if facts.get("type") == "array":
        return f"list of {_kind(facts['items'])}"
    values = facts.get("additionalProperties") or next(iter(facts.get("patternProperties", {}).values()), None)
    return f"mapping of names to {_kind(values)}" if isinstance(values, dict) else "mapping"


def _default(node: dict[str, Any], required: bool) -> str:
    if required:
        return "required"
    if "x-default" in node:
        return node["x-default"]
    if "$ref" in node:
        return "as below"
    value = node.get("default")
    if value in (None, [], {}):
        return "none"
    return f"`{json.dumps(value) if isinstance(value, bool | list) else value}`"


def meaning_of(node: dict[str, Any]) -> str:
    """What a key is; where the key itself says nothing, what its mapping is."""
    return node.get("description") or _definition(node["$ref"]).get("description", "")


@cache
def _kinds() -> dict[tuple[str, str], int]:
    """How often each kind of value occurs with the same allowed values."""
    found: dict[tuple[str, str], int] = {}
    waiting: list[Any] = [settings_schema()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and "x-kind" in node and "enum" not in node:
            kind = (node["x-kind"], node["x-allowed"])
            found[kind] = found.get(kind, 0) + 1
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return found


def _is_told_once(facts: dict[str, Any]) -> bool:
    """Whether a kind occurs so often that the section on values describes it for all."""
    return _kinds().get((facts["x-kind"], facts["x-allowed"]), 0) >= _OFTEN


def glossary() -> str:
    """Table rows of the kinds of value that occur often."""
    often = sorted(kind for kind, count in _kinds().items() if count >= _OFTEN and kind[0] != "true or false")
    return "\n".join(f"| {kind} | {allowed} |" for kind, allowed in often)


def _facts(node: dict[str, Any]) -> dict[str, Any]:
    """The schema of the value itself where it may also be absent."""
    options = [option for option in node.get("anyOf", []) if option.get("type") != "null"]
    return options[0] if len(options) == 1 and "x-kind" not in node else node


def _definition(reference: str) -> dict[str, Any]:
    return settings_schema()["$defs"][reference.rpartition("/")[2]]
