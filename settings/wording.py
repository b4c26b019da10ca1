"""From pydantic's errors to our own words."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.backends import BACKENDS
from settings.base import REFUSED, closest
from settings.errors import HIDDEN, Path, Problem, at, child, show
from settings.schema import schema_at

TAGS = tuple(backend.model_fields["type"].annotation.__args__[0] for backend in BACKENDS)  # pyright: ignore[reportOptionalMemberAccess,reportAttributeAccessIssue]

_TAG_WORDS = f"{', '.join(TAGS[:-1])} or {TAGS[-1]}"


def problems_of(error: ValidationError, values: object) -> list[Problem]:
    """One problem for each mistake that pydantic found.

    A key that is missing because it is misspelled counts once, as the misspelled key.
    """
    details = error.errors(include_url=False, include_context=True)
    misspelled = {
        (*path[:-1], meant)
        for path, meant in (
            (path_of(detail, values), _meant(path_of(detail, values), values))
            for detail in details
            if detail["type"] == "extra_forbidden"
        )
        if meant
    }
    found = []
    for detail in details:
        path = path_of(detail, values)
        if detail["type"] == "missing" and path in misspelled:
            continue
        if detail["type"] == "default_factory_not_called":  # its default follows from a key that is wrong itself
            continue
        found.append(_problem(detail, path, values))
    return found


def path_of(detail: ErrorDetails, values: object) -> Path:
    """Where an error lies, without pydantic's own marks (the tag of a union, `[key]`)."""
    path: list[str | int] = []
    location = detail["loc"]
    for position, key in enumerate(location):
        last = position == len(location) - 1
        if key == "[key]" and last and position:
            continue
        is_tag = key in TAGS and position and location[position - 1] == "backend" and child(values, "type") == key
        if is_tag and not last:
            continue
        path.append(key)
        values = child(values, key)
    return tuple(path)


def _problem(detail: ErrorDetails, path: Path, values: object) -> Problem:
    kind, given = detail["type"], detail["input"]
    schema = schema_at(path, values)
    if kind == REFUSED:
        context, shown = detail.get("ctx", {}), show(given, path)
        # A fix may repeat a part of the value; those of keys' rules never do.
        fix = "write an allowed value" if shown == HIDDEN and "sshKeys" not in path else context["fix"]
        return Problem(path, context["what"], context["allowed"], fix, shown)
    if kind == "missing":
        key = path[-1] if path else "settings"
        return Problem(path, "is missing", _allowed(schema), f"add the key {key}")
    if kind == "extra_forbidden":
        return _unknown_key(path, values)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_tag(path, values)
    if given is None:
        return Problem(
            path,
            "has no value",
            _allowed(schema),
            "write what belongs there below the key, indented, or remove the key",
        )
    if kind in ("model_type", "model_attributes_type", "dict_type", "dataclass_type", "mapping_type"):
        fix = "write keys with values below it, indented"
        return Problem(path, "is not a mapping of keys to values", _allowed(schema), fix, show(given, path))
    if kind in ("tuple_type", "list_type"):
        fix = "begin each entry on its own line with a hyphen"
        return Problem(path, "is not a list", _allowed(schema), fix, show(given, path))
        return Problem(path, "is empty", "a list of at least one entry", "add an entry", show(given, path))
    return Problem(
        path, "cannot be read", _allowed(schema), "write a value as the settings page shows it", show(given, path)
    )


def _unknown_key(path: Path, values: object) -> Problem:
    keys = _keys(path, values)
    meant = _meant(path, values)
    fix = f"did you mean {meant}?" if meant else "remove it, or use one of these keys"
    return Problem(path, "is not a known key", ", ".join(keys), fix)


def _meant(path: Path, values: object) -> str | None:
    """The known key that an unknown one most likely means; one that is there already is not meant."""
    present = at(values, path[:-1])
    taken = set(present) if isinstance(present, Mapping) else set()
    return closest(str(path[-1]), [key for key in _keys(path, values) if key not in taken]) if path else None


def _keys(path: Path, values: object) -> Sequence[str]:
    return list(schema_at(path[:-1], values).get("properties", {}))


def _wrong_tag(path: Path, values: object) -> Problem:
    given = child(at(values, path), "type")
    where, allowed = (*path, "type"), _TAG_WORDS
    if given is None:
        return Problem(where, "is missing", allowed, f"add type: {TAGS[0]}, or another of them")
    near = closest(given, TAGS) if isinstance(given, str) else None
    fix = f"did you mean {near}?" if near else "write one of these"
    return Problem(where, "is not a kind of node pool", allowed, fix, show(given, where))


def _allowed(schema: dict[str, Any]) -> str:
    if "x-allowed" in schema:
        return schema["x-allowed"]
    if schema.get("type") == "array":
        return "a list"
    if "discriminator" in schema:
        return f"a mapping with type: {_TAG_WORDS} and the keys of that type"
    if schema.get("properties"):
        required = ", ".join(schema.get("required", []))
        return (
            f"a mapping with the keys {required}"
            if required
            else f"a mapping with any of the keys {', '.join(schema['properties'])}"
        )
    if schema.get("type") == "object":
        return "a mapping of keys to values"
    return schema.get("description", "a value of the kind that the settings page shows")
