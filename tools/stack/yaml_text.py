"""Adds to the text of a YAML file and leaves the rest as it is, comments included."""

import json
from collections.abc import Mapping
from typing import Any

import yaml


def with_empty_config(text: str) -> str:
    """Give the file an empty mapping `config` to add to."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "config":
            return text[: value.start_mark.index] + " {}" + text[value.end_mark.index :]
    return with_entry(text, (), {"config": {}}) if root else f"{text}\nconfig: {{}}\n"


def with_value(text: str, path: tuple[str, ...], key: str, value: object) -> str:
    """Set a key of the mapping at a path, which may be missing; a value that is there must be a simple one."""
    found = _at(text, path)
    if found is None:
        return with_entry(text, path[:-1], {path[-1]: {key: value}})
    if isinstance(found, yaml.ScalarNode) and found.value in ("", "null", "~"):
        return text[: found.start_mark.index] + f" {json.dumps({key: value})}" + text[found.end_mark.index :]
    for name, old in getattr(found, "value", ()):
        if name.value == key:
            return text[: old.start_mark.index] + json.dumps(value) + text[old.end_mark.index :]
    return with_entry(text, path, {key: value})


def with_section(text: str, path: tuple[str, ...], key: str, value: object) -> str:
    """Set a key of the mapping at a path, whatever its value is now: a block of many lines, too."""
    for name, old in getattr(_at(text, path), "value", ()):
        if name.value == key:
            # The end of a block is where the next key begins, behind its indentation.
            end = f"\n{' ' * name.start_mark.column}" if not getattr(old, "flow_style", True) else ""
            return f"{text[: name.end_mark.index]}: {json.dumps(value)}{end}{text[old.end_mark.index :]}"
    return with_entry(text, path, {key: value})


def with_entry(text: str, path: tuple[str, ...], entry: Mapping[str, Any]) -> str:
    """Put an entry first into the mapping at a path, in the mapping's own style (block or flow)."""
    node = _at(text, path)
    if not isinstance(node, yaml.MappingNode):
        return text  # whoever compares afterwards finds that it is missing
    # JSON is YAML in flow style: {"key": value} without its braces.
    written, start = json.dumps(entry)[1:-1], node.start_mark
    if node.flow_style:
        return f"{text[: start.index + 1]}{written}, {text[start.index + 1 :]}"
    return f"{text[: start.index]}{written}\n{' ' * start.column}{text[start.index :]}"


def _at(text: str, path: tuple[str, ...]) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for name in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for key, value in pairs if key.value == name), None)
    return node
