"""What the context folder of a build says about the layer."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from . import LayerError


@dataclass(frozen=True)
class Channel:
    """A channel by its name, the URL that locks record, and the address that users of the image reach."""

    name: str
    url: str
    mirror: str


@dataclass(frozen=True)
class Context:
    """The folder with a layer's lock and facts."""

    folder: Path
    layer: str
    environment: str | None
    python: str
    required_imports: tuple[str, ...]
    package_manager: str
    channels: tuple[Channel, ...]
    pip_index: str | None

    @property
    def lock(self) -> Path:
        """The layer's lock file."""
        return self.folder / "layer.lock"

    def build_mirrors(self) -> dict[str, str]:
        """Canonical URL of each channel -> where this build fetches it."""
        mirror = os.environ.get("MIRROR", "").rstrip("/")
        if not mirror:
            raise LayerError("the build argument MIRROR (address of the mirror) is not set")
        return {channel.url: f"{mirror}/{channel.name}" for channel in self.channels}


def read(folder: Path) -> Context:
    """Read `layer.json`.

    Raises:
        LayerError: If it is missing or lacks a part.
    """
    path = folder / "layer.json"
    try:
        facts = json.loads(path.read_text())
        channels = tuple(
            Channel(item["name"], item["url"].rstrip("/"), item["mirror"].rstrip("/")) for item in facts["channels"]
        )
        return Context(
            folder=folder,
            layer=facts["layer"],
            environment=facts.get("environment"),
            python=facts["python"],
            required_imports=tuple(facts.get("requiredImports") or ()),
            package_manager=facts.get("packageManager") or "none",
            channels=channels,
            pip_index=(facts.get("pip") or {}).get("indexUrl"),
        )
    except OSError as error:
        raise LayerError(f"{path}: {error.strerror}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LayerError(f"{path}: not what a layer needs ({error}); see docs/images.md") from error
