"""Cross-checks of a file that already has mistakes: take the wrong parts out, check what is left.

So one message holds all problems, not just the first kind, and none that only follows from another.
"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from settings.errors import Path, at
from settings.root import Settings
from settings.wording import path_of

_ROUNDS = 50
_STAND_INS: dict[str, Any] = {
    # Valid values for required keys; nothing is ever said about them, because `complete` knows they are not real.
    "domain": "x",
    "registry": {"host": "x.x"},
    "nodePools": [
        {
            "name": "x",
            "backend": {"type": "simulated"},
            "shape": {"cpu": 1, "memory": "1Gi", "ephemeralStorage": "1Gi"},
            "size": {"fixed": 1},
            "profiles": [{"name": "x", "cpu": 1, "memory": "1Gi", "ephemeralStorage": "1Gi", "sharedMemory": "1Mi"}],
        }
    ],
}


@dataclass
class Partial:
    """Settings with the wrong parts taken out.

    Attributes:
        settings: What is left, valid by itself.
        removed: Paths, in the original file, of what was taken out or stood in for.
    """

    settings: Settings
    removed: set[Path] = field(default_factory=set)
    _kept: dict[Path, list[int]] = field(default_factory=dict)

    def complete(self, *path: str | int) -> bool:
        """Whether nothing at or below an original path was taken out."""
        return not any(gone[: len(path)] == path or path[: len(gone)] == gone for gone in self.removed)

    def original(self, path: Path) -> Path:
        """A path of the remaining settings as it was in the file, where list entries may have been before."""
        out: Path = ()
        for key in path:
            kept = self._kept.get(out)
            out = (*out, kept[key] if isinstance(key, int) and kept and key < len(kept) else key)
        return out


def salvage(values: dict[str, Any], error: ValidationError) -> Partial | None:
    """Takes wrong parts out until the rest is valid.

    Args:
        values: The settings as given.
        error: What pydantic said about them.

    Returns:
        The rest, or None when too little is left to check.
    """
    remaining, removed, kept = _copy(values), set(), {}
    for _ in range(_ROUNDS):
        paths = {_cut(detail["type"], path_of(detail, remaining)) for detail in error.errors(include_url=False)}
        # The longest and last first, so that the positions of those still to come stay right.
        for path in sorted(paths, key=lambda path: [(isinstance(key, str), key) for key in path], reverse=True):
            if not path or not _remove(remaining, path, removed, kept):
                return None
        try:
            return Partial(Settings.model_validate(remaining), removed, kept)
        except ValidationError as next_error:
            error = next_error
    return None


def _cut(kind: str, path: Path) -> Path:
    """What to take out: an unknown key alone, else the list entry or the top-level key around the mistake."""
    if kind == "extra_forbidden":
        return path
    entries = [length for length in range(len(path), 0, -1) if isinstance(path[length - 1], int)]
    return path[: entries[0]] if entries else path[:1]


def _remove(values: Any, path: Path, removed: set[Path], kept: dict[Path, list[int]]) -> bool:
    *parents, key = path
    holder = at(values, tuple(parents))
    original: Path = ()
    for parent in parents:
        positions = kept.get(original)
        original = (*original, positions[parent] if positions and isinstance(parent, int) else parent)
    if isinstance(holder, list) and isinstance(key, int) and key < len(holder):
        positions = kept.setdefault(original, list(range(len(holder))))
        removed.add((*original, positions.pop(key)))
        del holder[key]
        return True
    if isinstance(holder, dict):
        if not parents and key in _STAND_INS:
            if holder.get(key) is _STAND_INS[key]:
                return False
            holder[key] = _STAND_INS[key]
        else:
            holder.pop(key, None)
        removed.add((*original, key))
        return True
    return False


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value
