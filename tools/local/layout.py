"""Where the files of the local services lie."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.local.errors import LocalError

# The address of a Unix socket holds 108 bytes, the last of which is zero.
LONGEST_SOCKET = 107
BUILDER = "slate"


@dataclass(frozen=True)
class Layout:
    """The paths of one clone's local services. Everything that they write is under `directory`.

    Attributes:
        directory: Absolute path.
    """

    directory: Path

    @classmethod
    def of(cls, directory: Path) -> "Layout":
        """Returns the layout of a directory given by any path, relative ones included."""
        return cls(Path(os.path.abspath(directory.expanduser())))  # noqa: PTH100 (links stay as the user wrote them)

    @property
    def configuration(self) -> Path:
        """What the services read."""
        return self.directory / "configuration"

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
    def logs(self) -> Path:
        """One log file for each service and one for the supervisor."""
        return self.directory / "logs"

    @property
    def plan(self) -> Path:
        """What the supervisor is to run, and the ports of the last start."""
        return self.directory / "plan.json"

    @property
    def record(self) -> Path:
        """What the supervisor says of itself and the services."""
        return self.directory / "supervisor.json"

    @property
    def command_lock(self) -> Path:
        """Held while `up` or `down` works."""
        return self.directory / "command.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.directory / "supervisor.lock"

    @property
    def group(self) -> str:
        """The name of the control group of build steps; of no other clone."""
        # 32 bits of the path are enough to tell the clones of one machine apart.
        return f"slate-build-{_short_hash(self.directory)}"

    def log(self, name: str) -> Path:
        """Returns the log file of a service, or of the supervisor."""
        return self.logs / f"{name}.log"

    def forget(self) -> None:
        """Removes what says that the services run."""
        self.record.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)

    def claim(self) -> None:
        """Makes the directory.

        Raises:
            LocalError: It cannot be made or written, or is another user's.
        """
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET:
            raise LocalError(
                f"{self.socket} is too long for the address of a socket: {LONGEST_SOCKET} bytes at most. "
                "Put the clone into a folder with a shorter path."
            )
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self.directory.stat().st_uid
        except OSError as error:
            raise LocalError(f"{self.directory} cannot be made: {error.strerror}.") from error
        if owner != os.getuid():
            raise LocalError(f"{self.directory} belongs to user {owner}, and you are user {os.getuid()}.")

    def prepare(self) -> None:
        """Makes the directories below.

        Raises:
            LocalError: They cannot be made.
        """
        try:
            for path in (self.configuration, self.logs, self.registry, self.mirror):
                path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LocalError(f"{error.filename} cannot be made: {error.strerror}.") from error

    def remove(self) -> None:
        """Removes everything; nothing may run.

        Raises:
            LocalError: Something cannot be removed.
        """
        try:
            shutil.rmtree(self.directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise LocalError(f"{error.filename} cannot be removed: {error.strerror}. Remove it by hand.") from error


def _short_hash(path: Path) -> str:

    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
