"""What the state keeps of an object, and how an object from the cluster is compared with what was asked for.

The state holds the live object plus `__inputs`, `__initialApiVersion` and `__fieldManager`, the same form as
upstream's, so that a stack can change between the two providers.
"""

import base64
import binascii
import copy
from typing import Any

from . import kinds, quantity
from .values import Object, Secret, has_unknown, mark_like, strip

INPUTS, API_VERSION, MANAGER = "__inputs", "__initialApiVersion", "__fieldManager"
SERVER_FIELDS = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
]

# Python names have no dashes; the SDK writes these keys of a CustomResourceDefinition's schema with underscores.
_EXTENSIONS = [
    "embedded-resource",
    "int-or-string",
    "list-map-keys",
    "list-type",
    "map-type",
    "preserve-unknown-fields",
    "validations",
]
_TO_DASHES = {f"x-kubernetes-{name}".replace("-", "_"): f"x-kubernetes-{name}" for name in _EXTENSIONS}
_TO_UNDERSCORES = {dashed: plain for plain, dashed in _TO_DASHES.items()}


def make(inputs: Object, live: Object, marked: Object, manager: str, api_version: str | None = None) -> Object:
    """The outputs of a resource.

    Args:
        inputs: what was asked for, without secret marks.
        live: the object as the API server returned it.
        marked: the inputs with their secret marks, which the outputs inherit.
        manager: the field manager that owns the resource's fields.
        api_version: the apiVersion the object was first created with; the inputs' own if this is the first time.
    """
    # Upstream keeps managedFields in the state, too. Nothing reads them there, and they are a third of its size.
    live = {**live, "metadata": {k: v for k, v in live["metadata"].items() if k != "managedFields"}}
    outputs = rename(live, _TO_UNDERSCORES) if kinds.is_definition(live) else copy.deepcopy(live)
    asked = rename(inputs, _TO_UNDERSCORES) if kinds.is_definition(live) else copy.deepcopy(inputs)
    mark_like(outputs, marked)
    mark_like(asked, marked)
    version = api_version or inputs.get("apiVersion") or live["apiVersion"]
    return {**outputs, INPUTS: asked, API_VERSION: version, MANAGER: manager}


def split(state: Object) -> tuple[Object, Object]:
    """The inputs and the live object that a state holds, without secret marks."""
    plain = strip(state)
    live = {name: value for name, value in plain.items() if not name.startswith("__")}
    return to_object(plain.get(INPUTS, {})), to_object(live)


def to_object(inputs: Object) -> Object:
    """Inputs as the API server spells them."""
    return rename(inputs, _TO_DASHES) if kinds.is_definition(inputs) else inputs


def rename(value: Any, names: dict[str, str]) -> Any:
    """A copy with keys renamed at every depth."""
    if isinstance(value, dict):
        return {names.get(key, key): rename(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [rename(item, names) for item in value]
    return value


def normalize(obj: Object) -> Object:
    """Drop what only the server sets, and write a Secret's `stringData` as `data`, as the API server does.

    The object is changed in place and returned. Secret marks may be present.
    """
    meta = obj.get("metadata")
    if isinstance(meta, dict):
        for name in SERVER_FIELDS:
            meta.pop(name, None)
    if kinds.key(obj) == ("", "Secret"):
        _normalize_secret(obj)
    return obj


def _normalize_secret(obj: Object) -> None:
    texts = strip(obj.get("stringData"))
    data = strip(obj.get("data"))
    if has_unknown(texts) or has_unknown(data):
        return
    if texts:
        data = dict(data or {})
        for name, text in texts.items():
            data[name] = base64.b64encode(str(text).encode()).decode()
        del obj["stringData"]
        obj["data"] = Secret(data)
    elif isinstance(data, dict):
        obj["data"] = Secret({name: _recoded(text) for name, text in data.items()})


def _recoded(text: Any) -> Any:
    """Base64 without the white space that the API server drops."""
    try:
        return base64.b64encode(base64.b64decode(text)).decode()
    except (binascii.Error, TypeError, ValueError):
        return text  # the API server will say what is wrong with it


def prune(live: Any, shape: Any, applied: Any, before: Any, path: tuple[Any, ...] = ()) -> Any:
    """The live values of just the fields that `shape` (the inputs) names.

    A field that was applied and that the server nevertheless never stored, such as an empty list or a false flag,
    counts as present: the server would drop it again. (Upstream drops such fields before it applies them.)

    Args:
        live: the object from the cluster.
        shape: the inputs.
        applied: the inputs of the last update that the API server took.
        before: the live object after that update; what it held and `live` lacks has been taken away by someone.
        path: where in the object this is.
    """
    if isinstance(live, dict) and isinstance(shape, dict):
        sent, stored = (v if isinstance(v, dict) else {} for v in (applied, before))
        kept = {}
        for name, wanted in shape.items():
            if name in live:
                kept[name] = prune(live[name], wanted, sent.get(name), stored.get(name), (*path, name))
            elif name in sent and sent[name] == wanted and name not in stored:
                kept[name] = wanted
        return kept
    if isinstance(live, list) and isinstance(shape, list):
        return _prune_list(live, shape, applied, before, path)
    return shape if quantity.same(path, live, shape) else live


def _prune_list(live: list[Any], shape: list[Any], applied: Any, before: Any, path: tuple[Any, ...]) -> list[Any]:
    if live and shape and type(live[0]) is not type(shape[0]):
        return copy.deepcopy(live)

    def at(values: Any, index: int) -> Any:
        return values[index] if isinstance(values, list) and index < len(values) else None

    return [
        prune(item, wanted, at(applied, index), at(before, index), (*path, index))
        for index, (item, wanted) in enumerate(zip(live, shape, strict=False))
    ]


def base(live: Object, inputs: Object, new: Object) -> Object:
    """What new inputs are compared with: the live values of the fields that the earlier inputs named.

    A namespace that is not given means "default"; one given to an object of the whole cluster means nothing.
    `new` is changed in place accordingly.
    """
    inputs = strip(normalize(inputs))
    pruned = prune(live, inputs, inputs, live)
    pruned.setdefault("apiVersion", new.get("apiVersion"))
    pruned.setdefault("kind", new.get("kind"))
    for obj in (pruned, new):
        meta = obj.get("metadata")
        if not isinstance(meta, dict):
            continue
        if kinds.scope(new) is False:
            meta.pop("namespace", None)
        elif not meta.get("namespace") and live.get("metadata", {}).get("namespace"):
            meta["namespace"] = "default"
    meta = pruned.setdefault("metadata", {})
    if (new.get("metadata") or {}).get("name"):
        meta["name"] = live["metadata"]["name"]
    return pruned


def imported(live: Object) -> Object:
    """The inputs of an object that was not made by this stack: everything but what only the server sets."""
    inputs = {name: copy.deepcopy(value) for name, value in live.items() if name != "status"}
    normalize(inputs)
    annotations = inputs["metadata"].get("annotations") or {}
    for name in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"):
        annotations.pop(name, None)
    return strip(inputs)
