"""Reads a YAML file of the user's: a mapping, or one message that says where the file is wrong."""

from pathlib import Path
from typing import Any

import yaml

from settings.errors import plain
from tools.stack.problem import StackProblem

_SHOWN_KEYS = 20
_SHOWN_CHARACTERS = 80
# Some thousand workspaces are a tenth of it; a few lines of aliases of aliases (`*a`) stand for billions.
_MOST_VALUES = 1_000_000
# What PyYAML's constructors let through for a text that does not fit its tag: `2026-13-01`, `!!int ""`, `!!bool x`,
# a number of thousands of digits.
_UNFIT = (ValueError, LookupError, AttributeError, ArithmeticError)


class _Loader(yaml.SafeLoader):
    """Notes keys that a mapping has twice, of which PyYAML keeps the last; and tells where a value does not fit."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.twice: list[tuple[int, str]] = []

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Here, and not where the mapping is made: there, what `<<` merges in is already among the keys.
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        first: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                line, name = key.start_mark.line + 1, (key.tag, key.value)
                if name in first:
                    self.twice.append((line, f"{_short(key.value)} (first in line {first[name]})"))
                first.setdefault(name, line)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except _UNFIT as error:
            kind = node.tag.rpartition(":")[2]
            problem = f"this cannot be read as a value of the kind {kind}; put it in quotes if it is a text"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top is a mapping.

    Raises:
        StackProblem: The file cannot be read or is not such a file; the message has its name and the line.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if node is not None and _values(node, {}) > _MOST_VALUES:
            raise StackProblem(
                f"{path.name} has more than {_MOST_VALUES:,} values, each alias (`*name`) counted as what it stands"
                " for; one that contains itself never ends. Write out aliases of aliases, or split the stack"
                " (docs/settings.md, `scope`)."
            )
        content = None if node is None else loader.construct_document(node)
    except OSError as error:
        raise StackProblem(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise StackProblem(f"{path.name} is not UTF-8 text (byte {error.start}).") from error
    except yaml.YAMLError as error:
        raise StackProblem(f"{path.name} is not valid YAML: {_where(error)}.") from error
    except RecursionError as error:
        raise StackProblem(f"{path.name} is nested too deeply to be read: remove the innermost levels.") from error
    if loader.twice:
        more = f"\n  ... and {len(loader.twice) - _SHOWN_KEYS} more" if len(loader.twice) > _SHOWN_KEYS else ""
        listed = "".join(f"\n  line {line}: {key}" for line, key in sorted(loader.twice)[:_SHOWN_KEYS])
        raise StackProblem(
            f"{path.name} has keys twice, of which only one would count; remove the other:{listed}{more}"
        )
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StackProblem(f"{path.name} must be a mapping with a key `config`, not {kind(content)}.")
    return content


def _values(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """How many values a node stands for, aliases written out; one that contains itself is endless."""
    if node not in known:
        known[node] = _MOST_VALUES + 1  # until it is counted
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        inner = parts if isinstance(node, yaml.CollectionNode) else ()
        known[node] = 1 + sum(_values(part, known) for part in inner)
    return known[node]


def kind(value: object) -> str:
    """What a value is, for messages."""
    return {list: "a list", str: "text", bool: "true or false"}.get(type(value), f"a {type(value).__name__}")


def _short(text: str) -> str:
    return plain(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}...")


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem
