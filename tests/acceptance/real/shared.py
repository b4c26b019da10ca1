"""One clone for all processes that test it: the first brings it up, the last removes it."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.real_clone import RealClone
from tools.cluster.files import lock

PATIENCE_SECONDS = 1200


@dataclass(frozen=True)
class Place:
    """Where the clone is, and what tells who uses it.

    Attributes:
        folder: The same for all processes of a test run.
    """

    folder: Path

    @property
    def clone(self) -> Path:
        """The clone's directory."""
        return self.folder / "slate"

    @property
    def key(self) -> Path:
        """The key for SSH of bob and frank."""
        return self.folder / "key"

    @property
    def _users(self) -> Path:
        return self.folder / "users"

    @property
    def users(self) -> int:
        """How many processes use it now."""
        return int(self._users.read_text()) if self._users.exists() else 0

    @contextmanager
    def joined(self, begin: Callable[[Path, Path], RealClone]) -> Iterator[RealClone]:
        """The clone for the length of a `with`.

        Args:
            begin: Brings it up, given its directory and the key; its `first_up` is told to those who come later.
        """
        said, failed = self.folder / "first_up", self.folder / "failed"
        with self._locked():
            assert not failed.exists(), "the clone could not be brought up; the process that tried says why"
            if self.users:
                made = RealClone(self.clone)
                made.first_up = said.read_text()
            else:
                try:
                    made = self._begun(begin)
                except BaseException:
                    failed.touch()
                    self._end()
                    raise
                said.write_text(made.first_up)
            self._users.write_text(str(self.users + 1))
        try:
            yield made
        finally:
            with self._locked():
                self._users.write_text(str(self.users - 1))
                if not self.users:
                    self._end()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The clone for this process alone: when others have ended their tests, and before others begin theirs."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with self._locked():
                if self.users == 1:
                    yield
                    return
            assert time.monotonic() < deadline, "the other tests of this clone do not come to their end"
            time.sleep(0.5)

    def _begun(self, begin: Callable[[Path, Path], RealClone]) -> RealClone:
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(self.key)], check=True)
        return begin(self.clone, self.key)

    def _end(self) -> None:
        try:
            if self.clone.exists():
                RealClone(self.clone).run("reset", "--yes")
        finally:
            shutil.rmtree(self.clone, ignore_errors=True)
            for path in (self.key, self.key.with_suffix(".pub")):
                path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with lock(self.folder / "lock", lambda: None, lambda: self.folder.mkdir(parents=True, exist_ok=True)):
            yield
