"""The files that every supervised set of programs has, whatever it runs."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from tools.cluster.errors import ClusterError


@dataclass(frozen=True)
class Place:
    """The paths of one set of programs. Everything that they write is under `directory`.

    Attributes:
        directory: Absolute path.
        ERROR: What is raised when the files cannot be made or removed.
    """

    directory: Path
    ERROR: ClassVar[type[Exception]] = ClusterError

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Returns the place in a directory given by any path, relative ones included."""
        return cls(Path(os.path.abspath(directory.expanduser())))  # noqa: PTH100 (links stay as the user wrote them)

    @property
    def configuration(self) -> Path:
        """What the programs read."""
        return self.directory / "configuration"

    @property
    def logs(self) -> Path:
        """One log file for each program and one for the supervisor."""
        return self.directory / "logs"

    @property
    def plan(self) -> Path:
        """What the supervisor is to run: the ports chosen at the first start, and more."""
        return self.directory / "plan.json"

    @property
    def record(self) -> Path:
        """What the supervisor says of itself and the programs."""
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
    def tag(self) -> str:
        """Eight hex digits for names on the machine that no other clone uses: 32 bits of the path's hash are enough."""
        return hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:8]

    def log(self, name: str) -> Path:
        """Returns the log file of a program, or of the supervisor."""
        return self.logs / f"{name}.log"

    def forget(self) -> None:
        """Removes what says that the programs run."""
        self.record.unlink(missing_ok=True)

    def below(self) -> tuple[Path, ...]:
        """Returns the directories that are made before anything starts."""
        return (self.configuration, self.logs)

    def claim(self) -> None:
        """Makes the directory.

        Raises:
            ERROR: It cannot be made or written, or is another user's.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = self.directory.stat().st_uid
        except OSError as error:
            raise self.ERROR(f"{self.directory} cannot be made: {error.strerror}.") from error
        if owner != os.getuid():
            raise self.ERROR(f"{self.directory} belongs to user {owner}, and you are user {os.getuid()}.")

    def prepare(self) -> None:
        """Makes the directories below. Only for the holder of the command lock.

        Raises:
            ERROR: They cannot be made.
        """
        try:
            for path in self.below():
                path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self.ERROR(f"{error.filename} cannot be made: {error.strerror}.") from error

    def remove(self) -> None:
        """Removes everything; nothing may run.

        Raises:
            ERROR: Something cannot be removed.
        """
        try:
            shutil.rmtree(self.directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self.ERROR(f"{error.filename} cannot be removed: {error.strerror}. Remove it by hand.") from error
