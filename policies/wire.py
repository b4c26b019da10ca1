"""Properties as the engine sends them, as the rules see them: plain values, `UNKNOWN` where one is not known yet."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi_policy import deserialize, proxy

from policies.values import UNKNOWN

_UNKNOWN = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))
_KIND, _SECRET = deserialize.SPECIAL_SIG_KEY, deserialize.SPECIAL_SECRET_SIG


def properties(message: Struct) -> Mapping[str, Any]:
    """The properties of a resource; what is marked as secret is as if it were not.

    The SDK's own way makes three copies, which for a thousand workspaces takes seconds.
    """
    fields = message.fields
    return {key: _plain(fields[key]) for key in fields}  # its items() is an iterator in Python, and slower


def _plain(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWN else text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _KIND in fields and fields[_KIND].string_value == _SECRET:
            return _plain(fields["value"])
        return {key: _plain(fields[key]) for key in fields}
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value  # whole numbers come as floats as well
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None
