"""What somebody may have meant by a name that nothing has."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 200
"""What is compared of a name: a text of many thousand characters would take minutes."""
_PREFIX = "SLATE-"
"""Of every rule; compared with it, any two of them would be alike."""


def meant(name: str, known: Iterable[str]) -> str:
    """Words for the end of a message, such as ` (did you mean SLATE-PRIV?)`; empty where no name is near.

    Args:
        name: As it was written.
        known: The names that there are.
    """
    names = {entry.removeprefix(_PREFIX): entry for entry in sorted(known)}
    near = get_close_matches(name.removeprefix(_PREFIX)[:_LONGEST], names, n=1, cutoff=0.7)
    return f" (did you mean {names[near[0]]}?)" if near else ""
