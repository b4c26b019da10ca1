"""Environments as folders in the home, `~/.slate/envs/<name>`, each with a record of what its owner asked for."""

import contextlib
import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import SlateEnvError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.IGNORECASE)
RECORD = "conda-meta/slate.requests"


@dataclass(frozen=True)
class Store:
    """All environments of a home."""

    home: Path

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.home / ".slate/envs"

    @property
    def cache(self) -> Path:
        """Indexes and unpacked packages."""
        return self.home / ".slate/pkgs"

    def names(self) -> list[str]:
        """Names of the finished ones, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if (path / RECORD).is_file())

    def prefix(self, name: str) -> Path:
        """The folder of an environment, existing or not.

        Raises:
            SlateEnvError: If the name is not one.
        """
        if not NAME.fullmatch(name) or name == "base":
            raise SlateEnvError(
                f"{name!r} is no name for an environment: use letters, digits, `.`, `-` and `_`, up to 63, not `base`"
            )
        return self.folder / name

    def existing(self, name: str) -> Path:
        """The folder of an environment.

        Raises:
            SlateEnvError: If there is none of that name.
        """
        prefix = self.prefix(name)
        if not (prefix / RECORD).is_file():
            known = ", ".join(self.names()) or "none yet"
            raise SlateEnvError(
                f"there is no environment {name!r} (known: {known}); make it with `slate-env create {name} …`"
            )
        return prefix

    def requests(self, name: str) -> list[str]:
        """The specs that its owner asked for."""
        return json.loads((self.existing(name) / RECORD).read_text(encoding="utf-8"))

    def record(self, name: str, specs: Sequence[str]) -> None:
        """Remember what was asked for; this also marks the environment as finished."""
        path = self.prefix(name) / RECORD
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(list(specs)), encoding="utf-8")
        part.replace(path)

    def delete(self, name: str) -> None:
        """Delete an environment's folder, finished or not."""
        prefix = self.prefix(name)
        (prefix / RECORD).unlink(missing_ok=True)
        shutil.rmtree(prefix, ignore_errors=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """One command at a time changes environments; another one is refused.

        Raises:
            SlateEnvError: If one is at work, or the home cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / ".lock").open("w", encoding="utf-8")
        except OSError as error:
            raise SlateEnvError(f"{self.folder} cannot be written: {error.strerror}") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SlateEnvError("another slate-env is at work in this home; wait for it to end") from None
            yield
