"""The files that every supervised set of programs has, whatever it runs."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Place:
    """The paths of one set of programs. Everything that they write is under `directory`.

    Attributes:
        directory: Absolute path.
    """

    directory: Path

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
