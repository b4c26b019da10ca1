"""What the files and options ask for, read and checked."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tools.lock.errors import LockError
from tools.lock.index import sources_hash
from tools.lock.options import Options
from tools.lock.plan import Layer, plan
from tools.lock.sources import Layers, read_environments, read_layers, read_one


@dataclass(frozen=True)
class Work:
    """What the files and options ask for.

    Attributes:
        chain: the locks to make, each after the one it builds on.
        platforms: the platforms to lock for.
        virtual: the arguments of the virtual packages.
        denied: licences.
    """

    options: Options
    chain: tuple[Layer, ...]
    left_out: tuple[str, ...]
    platforms: tuple[str, ...]
    virtual: dict[str, str]
    denied: tuple[str, ...]

    def sources(self, layer: Layer, parent_lock: str | None) -> str:
        """Return the hash of what a lock is made from.

        Args:
            layer: the lock.
            parent_lock: sha256 of the lock below.
        """
        return sources_hash(
            {
                "channels": [[channel.name, channel.canonical] for channel in layer.channels],
                "content": self.options.content,
                "cuda": layer.cuda,
                "detached": layer.detached,
                "excludeNewer": self.options.exclude_newer,
                "parent": [layer.parent, parent_lock],
                "platforms": self.platforms,
                "requiredImports": layer.required_imports,
                "requiredPackages": layer.required_packages,
                "specs": layer.specs,
                "virtual": self.virtual,
            }
        )


def read_work(options: Options) -> Work:
    """Read the files that the locks are made from.

    Raises:
        LockError: one message with every problem of a file.
    """
    layers: Layers = read_layers(options.layers, options.channels)
    environments = read_environments(options.environments, options.channels)
    platform = read_one(options.platform, options.channels, platform=True) if options.platform else None
    chain, left_out = plan(
        layers,
        environments,
        platform,
        channels=options.channels,
        layers_path=options.layers,
        package_manager=options.package_manager,
        pythons=options.pythons,
    )
    return Work(
        options,
        tuple(chain),
        tuple(left_out),
        options.platforms or layers.platforms,
        {**layers.virtual, **options.virtual},
        (*layers.denied_licences, *options.deny_licences),
    )


def age(text: str | None) -> datetime | timedelta | None:
    """Return a limit such as `7d` or `2026-11-01`.

    Raises:
        LockError: it is neither.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)([dh])", text)
    if match:
        return timedelta(days=int(match[1])) if match[2] == "d" else timedelta(hours=int(match[1]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LockError(
            f"exclude newer `{text}`: must be an age such as 7d or 12h, or a day such as 2026-11-01"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
