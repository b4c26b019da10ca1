"""The rules of `.condarc`: which channels there are, in which order.

The image's file decides; the user's may only narrow it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import SlateEnvError

SYSTEM = Path("/etc/conda/.condarc")
ANACONDA = ("defaults", "main", "r", "msys2", "anaconda", "pkgs/main", "pkgs/r")


@dataclass(frozen=True)
class Channel:
    """A channel of the platform's mirror."""

    name: str
    url: str


def user_file(home: Path) -> Path:
    """Where conda looks for the user's own settings."""
    return home / ".condarc"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SlateEnvError(f"{path} cannot be read: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SlateEnvError(f"{path}: must be a mapping of settings")
    return content


def _name(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]


def channels(home: Path, system: Path = SYSTEM) -> tuple[Channel, ...]:
    """The channels to use, highest priority first.

    Raises:
        SlateEnvError: If the image names none, or the user's file asks for what the platform does not allow.
    """
    platform = _read(system)
    urls = [str(url).rstrip("/") for url in platform.get("channels") or ()]
    allowed = {str(url).rstrip("/") for url in platform.get("allowlist_channels") or urls}
    known = tuple(Channel(_name(url), url) for url in urls if url in allowed)
    if not known:
        raise SlateEnvError(f"{system} names no channel: the image is damaged, start the workspace from its image")
    path = user_file(home)
    own = _read(path)
    priority = str(own.get("channel_priority", "strict")).lower()
    if priority not in {"strict", "true"}:
        raise SlateEnvError(
            f"{path}: `channel_priority: {priority}` is not possible here; remove the line (it is strict)"
        )
    wanted = own.get("channels")
    return choose(wanted, known, f"{path}: `channels`") if wanted else known


def choose(wanted: Any, known: Sequence[Channel], where: str) -> tuple[Channel, ...]:
    """The channels that a file asks for, in the platform's order.

    Args:
        wanted: What stands in the file.
        known: The platform's channels.
        where: Names the file and key in messages.

    Raises:
        SlateEnvError: If one is not a channel of the platform.
    """
    if not isinstance(wanted, list) or not all(isinstance(item, str) for item in wanted):
        raise SlateEnvError(f"{where}: must be a list of channel names")
    chosen = set()
    foreign = []
    for item in (entry.rstrip("/") for entry in wanted if entry != "nodefaults"):
        match = [channel for channel in known if item in (channel.name, channel.url)]
        chosen.update(match)
        if not match:
            foreign.append(f"`{item}` (one of Anaconda's own)" if item in ANACONDA else f"`{item}`")
    if foreign:
        names = ", ".join(channel.name for channel in known)
        raise SlateEnvError(f"{where}: not available here: {', '.join(foreign)}; remove it. Allowed: {names}")
    return tuple(channel for channel in known if channel in chosen) or tuple(known)
