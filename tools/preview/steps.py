"""One step of the engine: what would be done to one resource, and which of its properties differ."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.preview import values

SAME, UPDATE = "same", "update"
REPLACING = ("replace", "create-replacement", "delete-replaced", "import-replacement", "discard-replaced")
READING = ("same", "read", "read-replacement", "refresh", "remove-pending-replace")
"""Steps that change nothing."""
ABSENT: Any = values.Mark("absent")
_PART = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[]+)')


@dataclass(frozen=True)
class PropertyChange:
    """A property that differs; `old` and `new` are `ABSENT` where there is none, or a mark of `values`."""

    path: str
    kind: str
    """`add`, `update` or `delete`."""
    old: Any
    new: Any
    forces_replacement: bool = False


@dataclass(frozen=True)
class Step:
    """One step, with the names that Pulumi gives to operations.

    A replacement is three steps with the same `urn`: `replace`, `create-replacement` and `delete-replaced`.
    """

    urn: str
    type: str
    name: str
    op: str
    old: Mapping[str, Any] | None
    """Inputs before; None for what is new. Secrets are `values.SECRET`, unknowns `values.UNKNOWN`."""
    new: Mapping[str, Any] | None
    """Inputs after; None for what is deleted."""
    replace_keys: tuple[str, ...] = ()
    diffs: tuple[PropertyChange, ...] = ()
    protected: bool = False
    """Whether it is protected before the step; of a new resource, whether it will be."""
    protected_after: bool = False
    """Whether it will be protected; False for what is deleted."""
    retained: bool = False
    """Whether Pulumi leaves the object itself alone when it deletes the resource."""

    @property
    def effective(self) -> bool:
        """Whether it changes anything."""
        return self.op not in READING

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs after the step, or those before it if there are none after."""
        return self.new if self.new is not None else self.old or {}

    @property
    def label(self) -> str:
        """What people call it: `Kind namespace/name` for objects of a cluster, else type and name."""
        manifest = self.inputs
        metadata = manifest.get("metadata")
        kind = manifest.get("kind")
        if isinstance(metadata, Mapping) and isinstance(kind, str) and isinstance(metadata.get("name"), str):
            namespace = metadata.get("namespace")
            where = f"{namespace}/" if isinstance(namespace, str) and namespace else ""
            return f"{kind} {where}{metadata['name']}"
        return f"{self.type.rpartition(':')[2]} {self.name}"


def read(metadata: Mapping[str, Any]) -> Step:
    """A step from the `metadata` of a `resourcePreEvent`."""
    kind, urn = str(metadata.get("type", "")), str(metadata.get("urn", ""))
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    before = values.inputs(kind, old.get("inputs")) if old else None
    after = values.inputs(kind, new.get("inputs")) if new else None
    op = str(metadata.get("op", ""))
    keys = tuple(str(key) for key in metadata.get("keys") or ())
    # A replacement's last step is about the old resource alone, although the event may name the new one, too.
    gone = op in ("delete", "discard", "delete-replaced", "discard-replaced")
    fresh = op in ("create", "import")
    return Step(
        urn=urn,
        type=kind,
        name=urn.rpartition("::")[2],
        op=op,
        old=None if fresh else before,
        new=None if gone else after,
        replace_keys=keys,
        diffs=() if gone or fresh else tuple(_changes(metadata, before or {}, after or {}, keys)),
        protected=bool((old or new).get("protect")),
        protected_after=not gone and bool(new.get("protect")),
        retained=bool((old or new).get("retainOnDelete")),
    )


def _changes(
    metadata: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], keys: tuple[str, ...]
) -> Iterator[PropertyChange]:
    detailed = metadata.get("detailedDiff") or {}
    kind = str(metadata.get("type", ""))
    computed = values.inputs(kind, (metadata.get("old") or {}).get("outputs")) or {}
    for path, diff in sorted(detailed.items()):
        word, _, forces = str(diff.get("diffKind", UPDATE)).partition("-")
        place = parts(path)
        found = at(before, place)
        if found is ABSENT and not diff.get("inputDiff"):
            found = at(computed, place)
        forced = bool(forces) or any(place[: len(key)] == key for key in map(parts, keys) if key)
        new = at(after, place)
        yield PropertyChange(
            path, word, ABSENT if word == "add" else found, ABSENT if word == "delete" else new, forced
        )
    if not detailed and metadata.get("op") not in (SAME, "read", "refresh"):
        wanted = tuple(metadata.get("diffs") or ()) or None
        for change in differences(before, after):
            top = str(parts(change.path)[0])
            if wanted is None or top in wanted:
                forced = top in keys
                yield PropertyChange(change.path, change.kind, change.old, change.new, forced)


def differences(before: Any, after: Any, path: str = "") -> Iterator[PropertyChange]:
    """Where two values differ, property by property; a list whose length differs is told by its elements."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), _joined(path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else ABSENT
            yield from differences(old, after[index] if index < len(after) else ABSENT, f"{path}[{index}]")
    elif before != after:
        kind = "add" if before is ABSENT else "delete" if after is ABSENT else UPDATE
        yield PropertyChange(path, kind, before, after)


def parts(path: str) -> tuple[str | int, ...]:
    """The keys of a property path as the engine writes it: `a.b[0]["c/d"]`."""
    found: list[str | int] = []
    for match in _PART.finditer(path):
        quoted, index, plain = match.groups()
        if index is not None:
            found.append(int(index))
        else:
            found.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
    return tuple(found)


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    """The value at a place, `ABSENT` if there is none; below a mark there is that mark."""
    for key in place:
        if isinstance(value, values.Mark):
            return value
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def _joined(path: str, key: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_$-]+", key):
        return f"{path}.{key}" if path else key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'
