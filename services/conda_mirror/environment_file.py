"""Environment files (`environment.yml`): what one may ask for, and clear words for what it may not.

A channel-qualified spec overrides strict channel priority, a URL goes past the mirror altogether, and `defaults` needs
a paid plan in larger organisations. So trust comes from the site's list of channels alone, never from the file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.errors import EnvironmentFileError
from services.conda_mirror.rattler import spec_name

KEYS = ("name", "channels", "dependencies", "slate")
IGNORED = ("prefix",)
"""`conda env export` writes the exporting machine's prefix; it says nothing about the environment."""
ANACONDA = ("defaults", "main", "r", "msys2", "anaconda", "pkgs/main", "pkgs/r")
PIP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._ -]+\])?\s*([<>=!~].*|;.*)?")


@dataclass(frozen=True)
class EnvironmentFile:
    """A checked environment file.

    Attributes:
        path: Where it lies.
        name: Name of the environment; the file's stem where it gives none.
        channels: Channels that it may use, in the site's order.
        dependencies: Match specs, without a channel.
        pip: Requirements for pip, from the `pip:` entry.
        slate: The `slate:` key as it stands, for whoever owns its meaning.
    """

    path: Path
    name: str
    channels: tuple[ChannelSource, ...]
    dependencies: tuple[str, ...]
    pip: tuple[str, ...] = ()
    slate: Mapping[str, Any] = field(default_factory=dict)


def read_environment(path: Path, channels: Sequence[ChannelSource]) -> EnvironmentFile:
    """Read an environment file against the site's list of channels.

    Args:
        path: The file.
        channels: Trusted channels, highest priority first.

    Raises:
        EnvironmentFileError: One message with every problem of the file.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise EnvironmentFileError(f"{path}: cannot be read: {problem}") from None
    except yaml.YAMLError as problem:
        raise EnvironmentFileError(f"{path}: not YAML: {problem}") from None
    if not isinstance(content, dict):
        raise EnvironmentFileError(f"{path}: must be a mapping with `name`, `channels` and `dependencies`")
    return _checked(path, content, channels)


def _checked(path: Path, content: Mapping[Any, Any], channels: Sequence[ChannelSource]) -> EnvironmentFile:
    problems = [
        f"`{key}` is not understood; allowed: {', '.join(KEYS)}" for key in content if key not in (*KEYS, *IGNORED)
    ]
    name = content.get("name", path.stem)
    if not isinstance(name, str) or not name:
        problems.append("`name` must be text")
    allowed = _channels(content.get("channels"), channels, problems)
    dependencies, pip = _dependencies(content.get("dependencies"), channels, problems)
    slate = content.get("slate") or {}
    if not isinstance(slate, dict):
        problems.append("`slate` must be a mapping")
    if problems:
        raise EnvironmentFileError("\n  ".join([f"{path}: {len(problems)} problem(s)", *problems]))
    return EnvironmentFile(path, str(name), allowed, dependencies, pip, slate)


def _channels(given: Any, channels: Sequence[ChannelSource], problems: list[str]) -> tuple[ChannelSource, ...]:
    if given is None:
        return tuple(channels)
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        problems.append("`channels` must be a list of channel names")
        return ()
    chosen = set()
    for entry in given:
        if entry == "nodefaults":  # says what holds anyway
            continue
        found = [channel for channel in channels if entry.rstrip("/") in (channel.name, channel.canonical)]
        if found:
            chosen.add(found[0])
        elif entry.rstrip("/") in ANACONDA or "repo.anaconda.com" in entry:
            problems.append(
                f"channel `{entry}` is one of Anaconda's own, which need a paid plan in larger organisations and "
                f"are not mirrored; remove it. Allowed: {_names(channels)}"
            )
        else:
            problems.append(
                f"channel `{entry}` is not on this site's list. Allowed: {_names(channels)}. "
                "Channels are added in the site's settings, not here"
            )
    return tuple(channel for channel in channels if channel in chosen) if chosen else tuple(channels)


def _dependencies(
    given: Any, channels: Sequence[ChannelSource], problems: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not isinstance(given, list):
        problems.append("`dependencies` must be a list of package specs, e.g. `- numpy >=2`")
        return (), ()
    specs: list[str] = []
    pip: list[str] = []
    for entry in given:
        if isinstance(entry, dict) and list(entry) == ["pip"] and isinstance(entry["pip"], list):
            pip += [str(requirement).strip() for requirement in entry["pip"]]
        elif isinstance(entry, str):
            problem = spec_problem(entry, channels)
            if problem:
                problems.append(f"dependency {problem}")
            specs.append(entry.strip())
        else:
            problems.append(f"dependency `{entry}` is neither a package spec nor a list for pip")
    for requirement in pip:
        if not PIP_NAME.fullmatch(requirement):
            problems.append(
                f"pip requirement `{requirement}` must be a package name with a version, such as `rich ==14.0`; "
                "URLs, paths and options would lead past the site's index"
            )
    return tuple(specs), tuple(pip)


def spec_problem(spec: str, channels: Sequence[ChannelSource]) -> str | None:
    """What is wrong with a match spec, or None."""
    if "::" in spec:
        return (
            f"`{spec}` picks a channel for itself, which overrides the order of channels; write "
            f"`{spec.rsplit('::', maxsplit=1)[-1]}` (channels are searched in this order: {_names(channels)})"
        )
    if "://" in spec or spec.endswith((".conda", ".tar.bz2")) or spec.startswith(("/", "./", "../", "~")):
        return f"`{spec}` is a URL or file; packages come from the channels only: write a name and version"
    try:
        spec_name(spec)
    except ValueError as problem:
        return f"{problem}; write for instance `numpy >=2,<3`"
    return None


def _names(channels: Sequence[ChannelSource]) -> str:
    return ", ".join(channel.name for channel in channels)
