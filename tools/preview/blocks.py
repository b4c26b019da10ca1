"""What a comment is made of, before it is written as Markdown or for a terminal. Texts are as they are, not escaped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Code:
    """A name or a value, shown as it is."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that must not be overlooked."""

    text: str


Inline = str | Code | Strong
Line = tuple[Inline, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    summed: bool = False
    """Whether the last row is the sum, which stays longer than what it is the sum of."""

    def __len__(self) -> int:
        return len(self.rows)

    def first(self, count: int) -> "Table":
        """The first rows; of a table with a sum, the last of them is the sum."""
        if self.summed and 0 < count < len(self.rows):
            return replace(self, rows=(*self.rows[: count - 1], self.rows[-1]))
        return replace(self, rows=self.rows[:count])


@dataclass(frozen=True)
class Items:
    """A list."""

    lines: tuple[Line, ...]

    def __len__(self) -> int:
        return len(self.lines)

    def first(self, count: int) -> "Items":
        """The first items."""
        return Items(self.lines[:count])


@dataclass(frozen=True)
class Listing:
    """Text in many lines under a heading, such as the differences of one resource."""

    heading: Line
    text: str
    language: str = ""


@dataclass(frozen=True)
class Listings:
    """Several of them."""

    parts: tuple[Listing, ...]

    def __len__(self) -> int:
        return len(self.parts)

    def first(self, count: int) -> "Listings":
        """The first parts."""
        return Listings(self.parts[:count])


Body = Table | Items | Listings


@dataclass(frozen=True)
class Section:
    """A part of the comment that can be shortened from its end."""

    title: str
    body: Body
    importance: int
    """The least important section is shortened first."""
    noun: str = "rows"
    """What its body consists of, in the plural."""
    introduction: Line = ()
    folded: bool = False
    left_out: int = 0
    """How many parts of the body were dropped to fit a size limit."""

    def first(self, count: int) -> "Section":
        """This section with the first parts of its body only."""
        return replace(self, body=self.body.first(count), left_out=self.left_out + len(self.body) - count)

    @property
    def remark(self) -> str:
        """What is to be said of the parts that were dropped; empty if none were."""
        noun = self.noun.removesuffix("s") if self.left_out == 1 else self.noun
        return f"{self.left_out} {noun} left out: the comment would be too long." if self.left_out else ""


@dataclass(frozen=True)
class Document:
    """A comment: what must be in it, and sections in the order of reading."""

    title: Line
    opening: tuple[Line, ...]
    """The verdict, and why."""
    sections: tuple[Section, ...]
    closing: Line = ()


def joined(parts: Sequence[Line], separator: str = ", ") -> Line:
    """Lines one after another."""
    found: list[Inline] = []
    for part in parts:
        found += [separator, *part] if found else part
    return tuple(found)


def codes(names: Sequence[str], most: int = 3) -> Line:
    """Some names, and how many more there are."""
    shown = joined([(Code(name),) for name in names[:most]])
    return (*shown, f" and {len(names) - most} more") if len(names) > most else shown


def plain(line: Line) -> str:
    """A line without marks."""
    return "".join(part if isinstance(part, str) else part.text for part in line)


def shortened(text: Any, most: int) -> str:
    """A text of a given length at most; says how much is missing."""
    text = str(text)
    if len(text) <= most:
        return text
    return f"{text[:most]}... ({len(text) - most} more characters)"
