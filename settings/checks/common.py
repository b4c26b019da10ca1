"""What several checks need."""

from collections.abc import Hashable, Iterable, Iterator

from settings.errors import Path, Problem, show
from settings.partial import Partial


def duplicates(path: Path, names: Iterable[Hashable], what: str, key: str | None = "name") -> Iterator[Problem]:
    """One problem for every list entry that repeats an earlier one.

    Args:
        path: Where the list stands.
        names: What identifies each entry, in order.
        what: What an entry is, such as "pool".
        key: The entry's key that holds the name; None when the entry itself is the name.
    """
    first: dict[Hashable, int] = {}
    for index, name in enumerate(names):
        if name in first:
            where = (*path, index, key) if key else (*path, index)
            yield Problem(
                where,
                f"repeats entry {first[name]} of the list",
                f"each {what} once",
                f"change the {key}, or remove one of the two" if key else "remove one of the two",
                show(name) if isinstance(name, str | int) else None,
            )
        else:
            first[name] = index


def empty(partial: Partial, path: Path, entries: tuple[object, ...], what: str) -> Iterator[Problem]:
    """A problem when a list that needs an entry has none (nor had any that was wrong by itself)."""
    if not entries and partial.complete(*partial.original(path)):
        yield Problem(path, "is empty", f"at least one {what}", f"add a {what}", "an empty list")
