"""Values of the engine's protocol as plain Python and back, with secrets and unknowns kept apart.

The marks are part of Pulumi's protocol (`sdk/go/common/resource`, "well-known signatures").
"""

from collections.abc import Iterator
from operator import is_
from typing import Any

from google.protobuf import struct_pb2

Object = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, not a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
    }
)


class Secret:
    """A value that must never be shown."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(…)"


def decode(struct: struct_pb2.Struct) -> Object:
    """A message as a dictionary: whole numbers as int, null members left out, secrets wrapped in `Secret`."""
    out: Object = {}
    for key, value in struct.fields.items():
        plain = _decode_value(value)
        if plain is not None:
            out[key] = plain
    return out


def _decode_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return _unmark(decode(value.struct_value))
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


def _unmark(found: Object) -> Any:
    mark = found.get(SIGNATURE)
    if mark is None:
        return found
    if mark == SECRET:
        return Secret(found.get("value"))
    if mark == OUTPUT:
        value = found.get("value", UNKNOWN)
        return Secret(value) if found.get("secret") else value
    raise ValueError("assets, archives and resource references are no values of Kubernetes objects")


def encode(value: Object) -> struct_pb2.Struct:
    """The message of a dictionary; the inverse of `decode`."""
    struct = struct_pb2.Struct()
    _encode_struct(value, struct)
    return struct


def _encode_struct(value: Object, struct: struct_pb2.Struct) -> None:
    for key, item in value.items():
        _encode_value(item, struct.fields[key])


def _encode_value(value: Any, to: struct_pb2.Value) -> None:
    if isinstance(value, str):
        to.string_value = value
    elif isinstance(value, dict):
        to.struct_value.SetInParent()
        _encode_struct(value, to.struct_value)
    elif isinstance(value, (list, tuple)):
        to.list_value.SetInParent()
        for item in value:
            _encode_value(item, to.list_value.values.add())
    elif isinstance(value, bool):
        to.bool_value = value
    elif isinstance(value, (int, float)):
        to.number_value = value
    elif isinstance(value, Secret):
        _encode_struct({SIGNATURE: SECRET, "value": value.value}, to.struct_value)
    elif value is None:
        to.null_value = struct_pb2.NULL_VALUE
    else:
        raise TypeError(f"a {type(value).__name__} is no value of the engine's protocol")


def strip(value: Any) -> Any:
    """The value without secret marks; parts without any are shared with it, not copied."""
    if isinstance(value, dict):
        plain: dict[str, Any] | None = None
        for key, item in value.items():
            bare = strip(item)
            if bare is not item:
                plain = dict(value) if plain is None else plain
                plain[key] = bare
        return value if plain is None else plain
    if isinstance(value, list):
        items = [strip(item) for item in value]
        return value if all(map(is_, items, value)) else items
    return strip(value.value) if isinstance(value, Secret) else value


def has_unknown(value: Any) -> bool:
    """Whether some part is not known before the update runs."""
    if isinstance(value, str):
        return value in UNKNOWNS
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return has_unknown(value.value) if isinstance(value, Secret) else False


def has_secret(value: Any) -> bool:
    """Whether some part is marked secret."""
    if isinstance(value, dict):
        return any(map(has_secret, value.values()))
    if isinstance(value, list):
        return any(map(has_secret, value))
    return isinstance(value, Secret)


def secret_texts(value: Any, inside: bool = False) -> Iterator[str]:
    """Every string inside a secret mark."""
    if isinstance(value, Secret):
        yield from secret_texts(value.value, True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from secret_texts(item, inside)
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(item, inside)
    elif inside and isinstance(value, str):
        yield value


def mark_like(outputs: Object, inputs: Any) -> None:
    """Mark as secret in `outputs` what is secret in `inputs`; a Secret object's content always is.

    A list with a secret anywhere becomes secret as a whole, since the server may reorder it.
    """
    if outputs.get("kind") == "Secret" and outputs.get("apiVersion") == "v1":
        for key in ("data", "stringData"):
            if key in outputs and not isinstance(outputs[key], Secret):
                outputs[key] = Secret(outputs[key])
        return
    if not isinstance(inputs, dict):
        return
    for key, given in inputs.items():
        made = outputs.get(key)
        if made is None or isinstance(made, Secret):
            continue
        if isinstance(made, dict) and isinstance(given, dict):
            mark_like(made, given)
        elif has_secret(given):
            outputs[key] = Secret(made)
