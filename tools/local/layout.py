"""Where the files of the local services lie."""

import os
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.place import Place
from tools.local.errors import LocalError

# The address of a Unix socket holds 108 bytes, the last of which is zero.
LONGEST_SOCKET = 107
BUILDER = "slate"


@dataclass(frozen=True)
class Layout(Place):
    """The paths of one clone's local services. Everything that they write is under `directory`.

    Attributes:
        directory: Absolute path.
    """

    ERROR = LocalError

    @property
    def registry(self) -> Path:
        """The registry's storage: images."""
        return self.directory / "registry"

    @property
    def mirror(self) -> Path:
        """The conda mirror's snapshots."""
        return self.directory / "mirror"

    @property
    def build_cache(self) -> Path:
        """The builder's storage: layers of earlier builds."""
        return self.directory / "buildkit"

    @property
    def socket(self) -> Path:
        """Where the builder listens."""
        return self.directory / "buildkit.sock"

    @property
    def docker_config(self) -> Path:
        """A DOCKER_CONFIG in which our builder is known by its name."""
        return self.directory / "docker"

    @property
    def group(self) -> str:
        """The name of the control group of build steps; of no other clone."""
        return f"slate-build-{self.tag}"

    def forget(self) -> None:
        """Removes what says that the services run."""
        super().forget()
        self.socket.unlink(missing_ok=True)

    def below(self) -> tuple[Path, ...]:
        """Returns the directories that are made before anything starts."""
        return (*super().below(), self.registry, self.mirror)

    def claim(self) -> None:
        """Makes the directory.

        Raises:
            LocalError: It cannot be made or written, or is another user's, or its path is too long for a socket.
        """
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET:
            raise LocalError(
                f"{self.socket} is too long for the address of a socket: {LONGEST_SOCKET} bytes at most. "
                "Put the clone into a folder with a shorter path."
            )
        super().claim()
