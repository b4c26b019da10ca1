"""One call of the engine, as the operations on the cluster need it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Report = Callable[[str], None]


@dataclass(frozen=True)
class Operation:
    """One call of the engine.

    Attributes:
        urn: the resource.
        manager: the field manager that owns the resource's fields.
        report: shows what is being waited for.
        warn: shows a warning.
        seconds: the resource's own time limit; 0 if it has none.
        preview: only ask the API server what would happen.
        ignored: property paths whose changes are ignored.
    """

    urn: str
    manager: str
    report: Report
    warn: Report
    seconds: float = 0
    preview: bool = False
    ignored: Sequence[str] = ()
