"""Who owns which field of a live object, and what that means for an update.

Server-side apply records in `metadata.managedFields` which manager set which field. Creation is an ordinary create
under the manager `pulumi-kubernetes`; the first update hands those fields to the resource's own manager, so that
later updates can also give fields up.
"""

import copy
from collections.abc import Sequence
from typing import Any

from .errors import ApiError, ProviderError

Object = dict[str, Any]

CREATOR = "pulumi-kubernetes"
UPDATE, APPLY = "Update", "Apply"

# Managers whose fields this resource takes over: earlier ways to write the same object from a manifest. Matched by
# the start of the name, so that `kubectl-edit` counts as well; writers of a subresource (such as scale) never do.
TAKEN_OVER = (
    ("kubectl", APPLY),
    ("kubectl", UPDATE),
    ("before-first-apply", UPDATE),
    (CREATOR, UPDATE),
    ("pulumi-resource-kubernetes", UPDATE),
)

CONFLICT_HELP = (
    "server-side apply field conflict detected, see "
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/"
    "#handle-field-conflicts-on-existing-resources for troubleshooting help"
)
CONFLICT_FIX = (
    "Leave the field to the other manager (remove it from the program, or name it in `ignore_changes`), or take it "
    'over with the annotation `pulumi.com/patchForce: "true"`.'
)


def owns(fields: Object, path: list[str]) -> bool:
    """Whether a `fieldsV1` tree holds the field at a path of map keys, or something below it."""
    for step in path:
        found = fields.get(f"f:{step}")
        if found is None:
            return False
        fields = found
    return True


def entries(live: Object) -> list[Object]:
    """The object's `managedFields`."""
    return (live.get("metadata") or {}).get("managedFields") or []


def respect_ignored(live: Object, inputs: Object, ignored: Sequence[str], manager: str) -> Object:
    """The inputs to apply when changes of some fields are ignored.

    A field that only others own is left out: to send it would conflict or share it. Any other field is sent with
    its live value, since leaving out a field of ours removes it.

    Args:
        live: the object in the cluster.
        inputs: what the program asks for; not changed.
        ignored: property paths. Only dotted paths of map keys have an effect here; for other paths the engine
            has already put the earlier inputs in place.
        manager: the resource's field manager.

    Raises:
        ProviderError: a path leads through something that is no map.
    """
    result = copy.deepcopy(inputs)
    ours = [e.get("fieldsV1") or {} for e in entries(live) if e.get("manager") == manager]
    theirs = [e.get("fieldsV1") or {} for e in entries(live) if e.get("manager") != manager]
    for written in ignored:
        path = written.split(".")
        if any(owns(f, path) for f in theirs) and not any(owns(f, path) for f in ours):
            _remove(result, path)
            continue
        found, value = _look_up(live, path, written)
        if found:
            _put(result, path, value)
    return result


def _look_up(obj: Any, path: list[str], written: str) -> tuple[bool, Any]:
    for step in path:
        if not isinstance(obj, dict):
            raise ProviderError(f'ignore_changes "{written}": "{step}" cannot be looked up, its parent is not a map')
        if step not in obj:
            return False, None
        obj = obj[step]
    return True, copy.deepcopy(obj)


def _remove(obj: Any, path: list[str]) -> None:
    for step in path[:-1]:
        obj = obj.get(step) if isinstance(obj, dict) else None
    if isinstance(obj, dict):
        obj.pop(path[-1], None)


def _put(obj: Object, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        obj = obj.setdefault(step, {})
        if not isinstance(obj, dict):
            return
    obj[path[-1]] = value


def taken_over(live: Object, manager: str) -> list[Object] | None:
    """The `managedFields` with the fields of earlier managers handed to this one; None if nothing changes."""
    mine: Object | None = None
    rest: list[Object] = []
    found: list[Object] = []
    for entry in entries(live):
        if entry.get("manager") == manager and entry.get("operation") == APPLY and not entry.get("subresource"):
            mine = entry
        elif _is_taken_over(entry):
            found.append(entry)
        else:
            rest.append(entry)
    if not found:
        return None
    if mine is None:
        mine, found = {**found[0], "manager": manager, "operation": APPLY}, found[1:]
    fields = mine.get("fieldsV1") or {}
    for more in (entry.get("fieldsV1") or {} for entry in found):
        fields = union(fields, more) if fields and more else fields or more
    return [*rest, {**mine, "fieldsV1": fields}]


def _is_taken_over(entry: Object) -> bool:
    if entry.get("subresource"):
        return False
    name, operation = entry.get("manager", ""), entry.get("operation")
    return any(name.startswith(start) and operation == how for start, how in TAKEN_OVER)


def union(one: Object, other: Object) -> Object:
    """The union of two `fieldsV1` trees. An empty tree is a field itself, which "." stands for beside members."""
    if not one or not other:
        some = one or other
        return {".": {}, **some} if some else {}
    merged = dict(one)
    for key, tree in other.items():
        merged[key] = union(merged[key], tree) if key in merged and key != "." else tree
    return merged


def created_by_us(live: Object) -> bool:
    """Whether fields still belong to the creating manager, so that the first real update takes them over."""
    return any(
        e.get("operation") == UPDATE and e.get("manager") in (CREATOR, "pulumi-resource-kubernetes")
        for e in entries(live)
    )


def conflict_text(err: ApiError, manager: str) -> str:
    """The message of a conflict: which other manager owns which field, and what to do."""
    what = f'The resource managed by field manager "{manager}" had an apply conflict: {err}'
    return f"{CONFLICT_HELP}\n{what}\n{CONFLICT_FIX}"
