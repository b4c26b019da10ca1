"""Content keys and records: they say whether what lies in `.slate/bin` is what the sources ask for."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Files that tools leave behind in source folders.
_IGNORED = {"__pycache__", ".ruff_cache", ".pytest_cache"}


def content_key(root: Path, files: Iterable[Path], *extra: str) -> str:
    """Return a digest over file names and contents, and over further words, such as build flags.

    The clone's own path counts, too: a clone that was moved or copied has links and scripts that lead elsewhere.
    """
    digest = hashlib.sha256(str(root).encode())
    for word in extra:
        digest.update(b"\0w" + word.encode())
    for path in sorted(files):
        digest.update(b"\0f" + path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def source_files(directory: Path) -> list[Path]:
    """Return every file below a source folder but for caches."""
    return [
        path
        for path in directory.rglob("*")
        if path.is_file() and not _IGNORED.intersection(path.parts) and path.suffix != ".pyc"
    ]


@dataclass(frozen=True)
class Installed:
    """One installed tool."""

    state: str  # found, downloaded, built, or installed (from the Python package index)
    version: str
    where: str  # the file that runs: the target of the link, or the file in .slate/bin
    size: int = 0  # bytes, to notice a file that was cut short or exchanged

    @classmethod
    def of(cls, state: str, version: str, path: Path) -> "Installed":
        """Describe a file that is there now."""
        return cls(state, version, str(path), path.stat().st_size)

    def intact(self) -> bool:
        """Whether the file is still the one that was installed."""
        try:
            return Path(self.where).stat().st_size == self.size and os.access(self.where, os.X_OK)
        except OSError:
            return False


@dataclass
class Record:
    """What one group installed, and from what."""

    key: str = ""
    go: str = ""  # the Go version of builds, empty when nothing was built
    candidates: list[list[str | int]] = field(default_factory=list)  # files on PATH that were looked at
    tools: dict[str, Installed] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the record; readers see the old one or the new one, never a part."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)


def load_record(path: Path) -> Record:
    """Read a record; one that is missing or damaged counts as empty, and its group is looked at anew."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        data = json.loads(path.read_text(encoding="utf-8"))
        tools = {name: Installed(**tool) for name, tool in data["tools"].items()}
        return Record(key=data["key"], go=data["go"], candidates=data["candidates"], tools=tools)
    return Record()
