"""Names, identities and the `pulumi.com/…` annotations of an object."""

import json
import os
from typing import Any

from .errors import ProviderError

Object = dict[str, Any]

PREFIX = "pulumi.com/"
DEFAULT_SECONDS = 600.0
POLICIES = {"orphan": "Orphan", "background": "Background"}


def annotation(obj: Object | None, name: str) -> str:
    """The value of the annotation `pulumi.com/<name>`, or ""."""
    found = ((obj or {}).get("metadata") or {}).get("annotations")
    value = found.get(PREFIX + name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def is_true(obj: Object | None, name: str) -> bool:
    """Whether the annotation is exactly "true"."""
    return annotation(obj, name) == "true"


def timeout_seconds(custom: float, inputs: Object) -> float:
    """How long to wait: the resource's custom time-out, else its annotation, else ten minutes."""
    if custom:
        return custom
    text = annotation(inputs, "timeoutSeconds")
    return float(text) if text.isdigit() else DEFAULT_SECONDS


def propagation(inputs: Object) -> str:
    """How dependents are deleted; foreground unless the annotation says otherwise."""
    return POLICIES.get(annotation(inputs, "deletionPropagationPolicy").lower(), "Foreground")


def wait_for(obj: Object) -> list[str]:
    """The expressions of `pulumi.com/waitFor`: one, or a JSON list of them."""
    text = annotation(obj, "waitFor")
    if not text:
        return []
    try:
        found = json.loads(text)
    except ValueError:
        return [text]
    return [str(item) for item in found] if isinstance(found, list) else [text]


def name_of(obj: Object) -> str:
    """The object's name, or ""."""
    return (obj.get("metadata") or {}).get("name") or ""


def namespace_of(obj: Object) -> str:
    """The object's namespace, or ""."""
    return (obj.get("metadata") or {}).get("namespace") or ""


def identity(obj: Object) -> str:
    """The resource id: `namespace/name`, or the name alone."""
    return f"{namespace_of(obj)}/{name_of(obj)}" if namespace_of(obj) else name_of(obj)


def split_identity(text: str) -> tuple[str, str]:
    """Namespace and name of a resource id."""
    namespace, _, name = text.rpartition("/")
    return namespace, name


def assign_name(new: Object, old: Object | None, urn: str, seed: bytes, proposed: str | None) -> None:
    """Name an object that has no name: the earlier automatic name, else a new one.

    Args:
        new: the object, changed in place.
        old: the inputs of the last update, if there are any.
        urn: the resource's URN; the automatic name starts with its last part.
        seed: the engine's random seed.
        proposed: the name that the engine's automatic naming proposes; "" when it is switched off.
    """
    meta = new.setdefault("metadata", {})
    if not isinstance(meta, dict) or meta.get("name"):
        return
    if meta.get("generateName"):
        raise ProviderError("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
    if old and is_true(old, "autonamed"):
        meta["name"] = name_of(old)
    elif old:
        return
    elif proposed == "":
        raise ProviderError("autonaming is disabled, resource requires the .metadata.name field to be set")
    else:
        meta["name"] = proposed or f"{urn.rpartition('::')[2]}-{unique(seed)}"
    annotations = meta.setdefault("annotations", {})
    if isinstance(annotations, dict):
        annotations[f"{PREFIX}autonamed"] = "true"


def unique(seed: bytes = b"") -> str:
    """Eight hexadecimal digits, from the engine's seed where there is one."""
    return (seed[:4] or os.urandom(4)).hex()
