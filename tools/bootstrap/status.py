"""The state of one tool, as `doctor` shows it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ToolStatus:
    """One line of `doctor`."""

    name: str
    state: str  # found, downloaded, built, installed, or missing
    version: str
    where: str  # the file, or how to get it
    group: str
    check: Sequence[str] | None = None  # a command that must succeed if the tool works
    required: bool = True
