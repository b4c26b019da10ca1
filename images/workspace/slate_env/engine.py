"""py-rattler's part: solving against the mirror and changing a prefix."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rattler
from rattler.exceptions import GatewayError, SolverError
from rattler.networking import Client

from . import SlateEnvError
from .condarc import Channel


def platforms() -> list[str]:
    """Names that conda has for this machine, and for packages that run anywhere."""
    names = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}
    machine = os.uname().machine
    if machine not in names:
        raise SlateEnvError(f"no packages for the processor {machine!r}")
    return [names[machine], "noarch"]


@dataclass
class Engine:
    """Solves and installs with the channels of the mirror.

    Attributes:
        channels: Highest priority first.
        cache: Folder for channel indexes and unpacked packages, in the home.
    """

    channels: Sequence[Channel]
    cache: Path
    client: Client = field(default_factory=lambda: Client.default_client(max_retries=2))

    async def solve(self, specs: Sequence[str], installed: Sequence[Any] = ()) -> list[Any]:
        """Packages that fulfil the specs, keeping what is installed where it fits.

        Raises:
            SlateEnvError: With the solver's reason, or if the mirror does not answer.
        """
        gateway = rattler.Gateway(cache_dir=self.cache / "index", client=self.client)
        try:
            return await rattler.solve(
                sources=[rattler.Channel(channel.url) for channel in self.channels],
                specs=list(specs),
                gateway=gateway,
                platforms=platforms(),  # pyright: ignore[reportArgumentType]
                locked_packages=list(installed) or None,
                virtual_packages=[item.into_generic() for item in rattler.VirtualPackage.detect()],
                channel_priority=rattler.ChannelPriority.Strict,
                channel_relations="disabled",
            )
        except SolverError as error:
            raise SlateEnvError(f"these packages do not fit together:\n{error}") from None
        except GatewayError as error:
            raise SlateEnvError(
                f"the mirror does not answer ({', '.join(channel.url for channel in self.channels)}): {error}"
            ) from None

    async def install(self, prefix: Path, records: Sequence[Any]) -> None:
        """Make a prefix hold exactly these packages; every file that is fetched must have the index's hash.

        Raises:
            SlateEnvError: If a package cannot be fetched or written.
        """
        allowed = tuple(channel.url.rstrip("/") + "/" for channel in self.channels)
        foreign = sorted(record.url for record in records if not record.url.startswith(allowed))
        if foreign:
            raise SlateEnvError(f"the channel leads away from the mirror, refused: {', '.join(foreign)}")
        try:
            await rattler.install(
                list(records),
                target_prefix=prefix,
                cache_dir=self.cache / "packages",
                client=self.client,
                execute_link_scripts=False,
                show_progress=os.isatty(2),
            )
        except Exception as error:
            raise SlateEnvError(f"installing failed: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    text = str(error)
    if "No space left" in text or "os error 28" in text or "quota" in text.lower():
        return f"the home is full; delete files or ask for a larger home ({text})"
    return text


def installed(prefix: Path) -> list[Any]:
    """The packages of a prefix."""
    return [rattler.PrefixRecord.from_path(path) for path in sorted((prefix / "conda-meta").glob("*.json"))]


def facts(prefix: Path) -> list[Mapping[str, str]]:
    """Name, version, build and channel of the packages of a prefix, by name."""
    found = []
    for path in (prefix / "conda-meta").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        parts = str(record.get("url", "")).rsplit("/", 3)
        channel = parts[-3] if len(parts) == 4 else str(record.get("channel", ""))
        found.append({**{key: str(record[key]) for key in ("name", "version", "build")}, "channel": channel,
                      "url": str(record.get("url", "")), "sha256": str(record.get("sha256") or "")})  # fmt: skip
    return sorted(found, key=lambda item: item["name"])
