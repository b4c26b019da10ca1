"""Version numbers of tools, and which of them fit."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_NUMBER = re.compile(r"(?:^|[^\d.])(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, order=True)
class Version:
    """A version of three numbers; pre-release and build suffixes are left out."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def find_version(text: str) -> Version | None:
    """Return the first version number in a tool's output, such as `Kubernetes v1.36.4`, or None."""
    match = _NUMBER.search(text)
    if match is None:
        return None
    return Version(int(match[1]), int(match[2]), int(match[3] or 0))


def parse_version(text: str) -> Version:
    """Parse a version such as `v3.259.0` or `1.26`.

    Raises:
        ValueError: the text holds no version number.
    """
    version = find_version(text)
    if version is None:
        raise ValueError(f"no version number in {text!r}")
    return version


@dataclass(frozen=True)
class Rule:
    """Which versions of a tool that is already installed are used; `text` says it in words."""

    text: str
    accepts: Callable[[Version], bool]


def same_major(pinned: str) -> Rule:
    """Accept the pinned version or a later one of the same major version."""
    least = parse_version(pinned)
    return Rule(
        f"{least.major}.x, not older than {least}",
        lambda version: version.major == least.major and version >= least,
    )


def same_minor(pinned: str) -> Rule:
    """Accept every patch of the pinned minor version."""
    wanted = parse_version(pinned)
    return Rule(
        f"{wanted.major}.{wanted.minor}.x",
        lambda version: (version.major, version.minor) == (wanted.major, wanted.minor),
    )


def within_one_minor(pinned: str) -> Rule:
    """Accept one minor version of difference, which is Kubernetes' own rule for kubectl."""
    wanted = parse_version(pinned)
    return Rule(
        f"{wanted.major}.{wanted.minor - 1} to {wanted.major}.{wanted.minor + 1}",
        lambda version: version.major == wanted.major and abs(version.minor - wanted.minor) <= 1,
    )


def at_least(least: str) -> Rule:
    """Accept the given version or any later one."""
    wanted = parse_version(least)
    return Rule(f"{wanted} or newer", lambda version: version >= wanted)
