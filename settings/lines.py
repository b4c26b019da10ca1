"""Line numbers of a stack file, so that a message can say where to look."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import yaml

from settings.errors import Path

_PREFIX = "slate:"


def lines_of(file: FilePath, values: object) -> dict[Path, int]:
    """The line of every key and list entry of a stack file.

    Args:
        file: The file that the values are said to come from.
        values: The `slate:` keys as given, without their prefix.

    Returns:
        Line numbers from 1 by path; only for top-level keys whose values are the ones given.
    """
    try:
        text = file.read_text(encoding="utf-8")
        config = (yaml.safe_load(text) or {}).get("config", {})
        ours = {key.removeprefix(_PREFIX): value for key, value in config.items() if key.startswith(_PREFIX)}
        if not isinstance(values, Mapping):
            return {}
        # YAML 1.1, which is read here, and Pulumi's reader differ in a few words; such a part just gets no lines.
        same = {key for key, value in ours.items() if key in values and value == values[key]}
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, ValueError, AttributeError, TypeError, RecursionError, yaml.YAMLError):
        return {}
    lines: dict[Path, int] = {}
    for key, node in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "config":
            _collect(node, (), lines)
    return {path: line for path, line in lines.items() if path[0] in same or path[0] not in values}


def _collect(node: Any, path: Path, lines: dict[Path, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if path else key.value.removeprefix(_PREFIX)
            lines[(*path, name)] = key.start_mark.line + 1
            _collect(value, (*path, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*path, index)] = value.start_mark.line + 1
            _collect(value, (*path, index), lines)
