"""What differs between the cluster's object and the inputs, and what of it replaces the object."""

import re
from dataclasses import dataclass
from typing import Any

from . import kinds, quantity
from .values import UNKNOWNS, Object

Path = tuple[str | int, ...]
ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"

_STEP = re.compile(r"""\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.\[\]]+)""")


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        path: where.
        kind: ADD, DELETE or UPDATE.
        value: the new value; None when there is none.
    """

    path: Path
    kind: str
    value: Any = None


def changes(old: Object, new: Object) -> list[Change]:
    """The differences from `old` (the pruned live object) to `new` (the inputs), at the outermost place of each."""
    return list(_map_changes((), old, new))


def _map_changes(path: Path, old: Object, new: Object):
    for name, value in new.items():
        if name not in old:
            yield Change((*path, name), ADD, value)
        else:
            yield from _value_changes((*path, name), old[name], value)
    for name in old:
        if name not in new:
            yield Change((*path, name), DELETE)


def _value_changes(path: Path, old: Any, new: Any):
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _map_changes(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        for at, (before, after) in enumerate(zip(old, new, strict=False)):
            yield from _value_changes((*path, at), before, after)
        yield from (Change((*path, at), ADD, new[at]) for at in range(len(old), len(new)))
        yield from (Change((*path, at), DELETE) for at in range(len(new), len(old)))
    elif (isinstance(new, str) and new in UNKNOWNS) or not quantity.same(path, old, new):
        yield Change(path, UPDATE, new)


def text(path: Path) -> str:
    """A path as the engine writes it: `spec.containers[0].image`, `metadata.labels["a.b/c"]`."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        elif re.search(r'[."\[\]]', step):
            out += '["' + step.replace('"', '\\"') + '"]'
        else:
            out += f".{step}" if out else step
    return out


def parse(written: str) -> Path:
    """The steps of a path in the engine's notation; `*` matches anything at its place.

    Raises:
        ValueError: the text is no such path.
    """
    steps: list[str | int] = []
    at = 0
    while at < len(written):
        found = _STEP.match(written, at)
        if found is None:
            raise ValueError(f'"{written}" is not a property path such as spec.replicas or metadata.labels["a.b"]')
        index, quoted, plain = found.groups()
        if index is not None:
            steps.append("*" if index == "*" else int(index))
        else:
            steps.append(plain if quoted is None else quoted.replace('\\"', '"'))
        at = found.end()
    return tuple(steps)


def covers(outer: Path, inner: Path) -> bool:
    """Whether `inner` lies at or below `outer`."""
    return len(outer) <= len(inner) and all(a in ("*", b) for a, b in zip(outer, inner, strict=False))


def replaces(change: Change, patterns: tuple[kinds.Pattern, ...]) -> bool:
    """Whether the change touches one of the fields that cannot change in place."""
    if change.path == ("metadata",) and change.kind == DELETE:
        return True
    for pattern in patterns:
        shared = min(len(pattern), len(change.path))
        if not all(_meets(rule, step) for rule, step in zip(pattern, change.path[:shared], strict=False)):
            continue
        rest = pattern[shared:]
        if not rest or (change.kind != DELETE and _holds(change.value, rest)):
            return True
    return False


def _meets(rule: str, step: str | int) -> bool:
    return isinstance(step, int) if rule == "*" else rule == step


def _holds(value: Any, rest: tuple[str, ...]) -> bool:
    """Whether a value has something at the place."""
    if not rest:
        return True
    if rest[0] == "*":
        return isinstance(value, list) and any(_holds(item, rest[1:]) for item in value)
    return isinstance(value, dict) and rest[0] in value and _holds(value[rest[0]], rest[1:])
