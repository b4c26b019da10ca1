"""Values of a manifest, read field by field: each knows its path, and may be missing or not known yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final


class _Mark:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = _Mark("UNKNOWN")
"""Stands for a value that is computed during the update, such as the digest of an image that is to be built."""
MISSING: Final = _Mark("MISSING")


class Undecided(Exception):  # noqa: N818 - it is no error
    """A predicate needed a value that is not known yet."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Problem:
    """What a rule found wrong: where, and in which way; never with a value that might be secret."""

    path: str
    message: str


class Value:
    """A value (plain data: dict, list, text, number) with its path.

    Reading what is not known raises `Undecided`, for that one field only.
    """

    __slots__ = ("_above", "_last", "raw")

    def __init__(self, raw: Any, last: str | int = "", above: "Value | None" = None) -> None:
        self.raw = MISSING if raw is None else raw
        self._last = last
        self._above = above

    @property
    def path(self) -> str:
        """Where it is in the manifest; put together only when it is asked for, which is when something is wrong."""
        head = self._above.path if self._above is not None else ""
        if isinstance(self._last, int):
            return f"{head}[{self._last}]"
        return f"{head}.{self._last}" if head else self._last

    def __getitem__(self, key: str) -> "Value":
        raw = self.raw
        if raw is UNKNOWN:
            raise Undecided(self.path)
        child = raw.get(key) if isinstance(raw, dict) else None
        return Value(child, key, self)

    def at(self, *keys: str) -> "Value":
        """The value some keys below this one."""
        found = self
        for key in keys:
            found = found[key]
        return found

    def get(self, default: Any = None) -> Any:
        """The value itself, or the default if it is missing.

        Raises:
            Undecided: It is not known yet.
        """
        if self.raw is UNKNOWN:
            raise Undecided(self.path)
        return default if self.raw is MISSING else self.raw

    @property
    def present(self) -> bool:
        """Whether there is one, known or not."""
        return self.raw is not MISSING

    def text(self) -> str:
        """The value as text; empty if it is missing. Whole numbers of the protocol (floats) lose their `.0`."""
        value = self.get("")
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value)

    def each(self) -> Iterator["Value"]:
        """The elements of a list."""
        raw = self.get(())
        if isinstance(raw, list):
            for index, item in enumerate(raw):
                yield Value(item, index, self)

    def entries(self) -> Iterator[tuple[str, "Value"]]:
        """The entries of a mapping."""
        raw = self.get({})
        if isinstance(raw, dict):
            for key, item in raw.items():
                yield str(key), Value(item, str(key), self)

    def texts(self) -> list[str]:
        """The elements of a list of text."""
        return [item.text() for item in self.each()]

    def problem(self, message: str) -> Problem:
        """A problem with this value."""
        return Problem(self.path, message)
