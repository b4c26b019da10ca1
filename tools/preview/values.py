"""Values of the event log that stand for something else: secrets, and what is known only after the update.

Pulumi blanks the values that it knows to be secret before it writes its log. This module drops whatever carries such a
mark, and all the data of the cluster's Secrets besides, whether marked or not.
"""

from collections.abc import Mapping
from typing import Any, Final

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi's wire format marks a value that is no plain one."""
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark, not a secret
BLANKED = "[secret]"
"""What Pulumi writes in place of a secret."""
SENTINELS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What Pulumi writes in place of a text, truth value, number, list, asset, archive or object that is not known yet."""
SECRET_FIELDS = ("data", "stringData")
SECRET_KINDS, SECRET_LISTS = ("Secret", "SecretPatch"), ("SecretList", "SecretListPatch")
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Mark:
    """A value that can only be named."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = Mark("known after up")
SECRET: Final = Mark("secret")


def plain(value: Any) -> Any:
    """A value of the log as plain data, with `SECRET` and `UNKNOWN` where the log has their marks."""
    if isinstance(value, str):
        if value in SENTINELS:
            return UNKNOWN
        return SECRET if value == BLANKED else value
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return _signed(value)
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def inputs(kind: str, value: Any) -> dict[str, Any] | None:
    """The inputs of a resource.

    Args:
        kind: Pulumi's type of the resource.
        value: As the log has them; None if there are none.
    """
    if not isinstance(value, Mapping):
        return None
    return _without_secrets(kind, plain(value))


def _signed(value: Mapping[str, Any]) -> Any:
    """An asset or a reference has nothing to show but that it is there; an unfamiliar mark is taken for a secret."""
    if value[SIGNATURE] == SECRET_SIGNATURE or not isinstance(value.get("hash") or value.get("urn"), str):
        return SECRET
    return str(value.get("hash") or value.get("urn"))


def _without_secrets(kind: str, value: Any) -> Any:
    """A value without the data of Secrets, wherever in it one is: in a list, in a file of manifests."""
    if isinstance(value, list):
        return [_without_secrets(kind, item) for item in value]
    if not isinstance(value, dict):
        return value
    names = (kind.rpartition(":")[2], value.get("kind"))
    if any(name in SECRET_LISTS for name in names):
        return value | {"items": _without_secrets(":Secret", value.get("items"))}
    if any(name in SECRET_KINDS for name in names):
        return {key: _blank(item) if key in SECRET_FIELDS else _unapplied(item) for key, item in value.items()}
    return {key: _without_secrets("", item) for key, item in value.items()}


def _unapplied(metadata: Any) -> Any:
    """The metadata of a Secret without the whole of it, data included, that kubectl keeps in an annotation."""
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or APPLIED not in annotations:
        return metadata
    return metadata | {"annotations": annotations | {APPLIED: SECRET}}


def _blank(value: Any) -> Any:
    return dict.fromkeys(value, SECRET) if isinstance(value, dict) else SECRET
