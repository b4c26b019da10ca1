"""What was supplied: values for the stack's configuration, and variables for the builder's clients."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.stack.configuration import Override, write_private

# Where each value goes in the stack's settings.
PLACES = {
    "registry": ("slate:registry", "host"),
    "mirror": ("slate:conda", "mirrorUrl"),
    "debian": ("slate:images", "debian"),
    "builder": ("slate:images", "builderName"),
    "locks": ("slate:images", "locks"),
}
NOT_BUILT: tuple[Override, ...] = ((("slate:images", "build"), False),)


@dataclass(frozen=True)
class Supplied:
    """Values to merge into the settings, and variables for Pulumi.

    Attributes:
        overrides: Keys of the configuration with their values.
        variables: Environment variables.
        images: What the stack's images are, for people.
        services: Addresses of what images are built with: `registry`, `mirror`; empty if they are not built.
    """

    overrides: tuple[Override, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    images: str = ""
    services: Mapping[str, str] = field(default_factory=dict)


def built(values: Mapping[str, str], docker_config: Path) -> Supplied:
    """Return what images are built with."""
    overrides = tuple((PLACES[name], value) for name, value in values.items() if value and name in PLACES)
    # Only our own builder is known in our own DOCKER_CONFIG; another one is the user's.
    variables = {"DOCKER_CONFIG": str(docker_config)} if values.get("builder") else {}
    services = {name: values[name] for name in ("registry", "mirror") if values.get(name)}
    return Supplied(overrides, variables, described(values), services)


def described(values: Mapping[str, str]) -> str:
    """Say what images that are built are, for people."""
    return f"built here, kept in the registry at {values['registry']}"


def not_built(why: str) -> Supplied:
    """Return what a stack is told when its images are not built."""
    return Supplied(NOT_BUILT, {}, f"not built: {why}; placeholders are used")


def remember(path: Path, values: Mapping[str, str]) -> None:
    """Keep the values for commands that build nothing."""
    write_private(path, json.dumps(dict(values), indent=1) + "\n")


def remembered(path: Path) -> dict[str, str]:
    """Return the values of the last `make up`, or nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    wanted = isinstance(content, dict) and "registry" in content
    return {str(name): str(value) for name, value in content.items()} if wanted else {}
