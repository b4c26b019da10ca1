"""Where a clone keeps its tools, and the environment that the bootstrap was started in."""

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import paths
from tools.bootstrap import other_clones
from tools.bootstrap.errors import BootstrapError

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Workplace:
    """The folders of one clone and the environment variables that steer the bootstrap."""

    root: Path = paths.ROOT
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def __post_init__(self) -> None:
        """Leave out what the shell has of another clone (`make shell-env` there)."""
        object.__setattr__(self, "environ", other_clones.without(self.environ, self.slate))

    @property
    def slate(self) -> Path:
        """Everything that is written lies here."""
        return self.root / ".slate"

    @property
    def bin(self) -> Path:
        """Every tool by name."""
        return self.slate / "bin"

    @property
    def venv(self) -> Path:
        """The Python environment of the program, the tools and the tests."""
        return self.slate / "venv"

    @property
    def logs(self) -> Path:
        """One log file a group."""
        return self.slate / "logs"

    @property
    def stamps(self) -> Path:
        """What was installed from what, one file a group."""
        return self.slate / "stamps"

    @property
    def pulumi_home(self) -> Path:
        """Pulumi's plugins of this clone."""
        return self.slate / "pulumi"

    @property
    def requirements(self) -> Path:
        """The hash-pinned lists of Python packages."""
        return self.root / "requirements"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """Folders of PATH that hold our own tools, not the user's."""
        return (self.bin, self.venv / "bin")

    @property
    def offline(self) -> bool:
        """Whether the user forbids downloads of releases (SLATE_OFFLINE)."""
        return self.environ.get("SLATE_OFFLINE", "").lower() not in ("", "0", "false", "no")


def system() -> str:
    """Return `linux` or `darwin`.

    Raises:
        BootstrapError: on other systems.
    """
    if sys.platform.startswith("linux"):
        return "linux"
    if sys.platform == "darwin":
        return "darwin"
    raise BootstrapError(f"Slate's tools run on Linux and macOS, not on {sys.platform}; on Windows use WSL.")


def architecture() -> str:
    """Return `amd64` or `arm64`.

    Raises:
        BootstrapError: on other machines.
    """
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise BootstrapError(f"Slate's tools run on amd64 and arm64 machines, not on {machine}.")
    return _ARCHITECTURES[machine]
