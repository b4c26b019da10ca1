"""What a single fault is, and how it is put into an object."""

import copy
import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from tests.policies.bases import BASES

POD = "spec.template.spec"
ONE = f"{POD}.containers[0]"
SECURITY = f"{ONE}.securityContext"
REMOVE = object()


@dataclass(frozen=True)
class Fault:
    """A fault: what is changed in which object, and which rule is meant to see it."""

    rule: str
    base: str
    changes: dict[str, Any]
    also: frozenset[str] = frozenset()
    """Further rules that the same fault breaks."""
    token: str | None = None
    protect: bool = True
    admission: bool = field(default=True)
    """False where the API server refuses such an object before it asks any policy."""

    @property
    def name(self) -> str:
        return f"{self.rule} in {self.base}: {', '.join(path.rpartition('.')[2] for path in self.changes)}"

    def manifest(self) -> dict[str, Any]:
        """The object with the fault."""
        made = copy.deepcopy(BASES[self.base]())
        for path, value in self.changes.items():
            put(made, path, value)
        return made


def put(manifest: dict[str, Any], path: str, value: Any) -> None:
    """Set, append to (`[+]`) or remove a field; labels and annotations may have dots in their last key, after `|`."""
    path, _, last = path.partition("|")
    keys: list[Any] = []
    for part in path.split("."):
        name, *indexes = re.split(r"\[([0-9+]+)\]", part)
        keys += [name, *(int(index) if index.isdigit() else index for index in indexes if index)]
    keys += [last] if last else []
    holder: Any = manifest
    for key, following in itertools.pairwise(keys):
        if isinstance(holder, dict) and key not in holder:
            holder[key] = [] if following == "+" or isinstance(following, int) else {}
        holder = holder[key]
    if keys[-1] == "+":
        holder.append(value)
    elif value is REMOVE:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = value
