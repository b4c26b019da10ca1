"""`locks.json`: what each lock was made from, so that nothing is solved twice and a lock that does not fit is found."""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools.lock.errors import LockError

NAME = "locks.json"

# Part of what a lock is made from: raised when the same sources have to give other files.
FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """What is recorded of one lock.

    Attributes:
        kind: base, common, environment or platform.
        parent: the layer below, or None.
        python: such as `3.10`.
        detached: whether an environment has a full lock of its own.
        requiredImports: the modules that must import in the image; named as in the file.
        sources: hash of what it was made from.
        files: sha256 of each file by name.
    """

    kind: str
    parent: str | None
    python: str
    detached: bool
    requiredImports: list[str]  # noqa: N815 - the key in the file
    sources: str
    files: dict[str, str]


@dataclass(frozen=True)
class Index:
    """The content of `locks.json`.

    Attributes:
        options: what the locks were made with, apart from the files.
        layers: by name, each after the one below.
        inputs: hash of all files and options, once all locks were made from them.
        left_out: environments whose Python the channel does not have, each with that version.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, Entry] = field(default_factory=dict)
    inputs: str | None = None
    left_out: Sequence[str] = ()


def read_index(folder: Path) -> Index:
    """Read the index of a folder of locks; empty where there is none.

    Raises:
        LockError: it cannot be read.
    """
    path = folder / NAME
    if not path.exists():
        return Index()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("format") != FORMAT:
            return Index()
        layers = {name: Entry(**entry) for name, entry in content["layers"].items()}
        return Index(content["options"], layers, content["inputs"], content["leftOut"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LockError(f"{path} cannot be read: {error}. Delete it and make the locks again.") from error


def write_index(folder: Path, index: Index) -> None:
    """Write the index, in one step."""
    content = {
        "format": FORMAT,
        "inputs": index.inputs,
        "layers": {name: asdict(entry) for name, entry in index.layers.items()},
        "leftOut": list(index.left_out),
        "options": dict(index.options),
    }
    write_text(folder / NAME, json.dumps(content, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: readers see the old or the new one. An unchanged file is left alone."""
    content = text.encode()
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    written = Path(file.name)
    written.chmod(0o644)
    written.replace(path)


def digest(path: Path) -> str | None:
    """Return a file's sha256, or None where there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def changed_files(folder: Path, entry: Entry) -> list[str]:
    """Return the files of a lock that are missing or not as they were written."""
    return [name for name, sha256 in entry.files.items() if digest(folder / name) != sha256]


def sources_hash(content: Mapping[str, Any]) -> str:
    """Return the hash of what a lock is made from."""
    return hashlib.sha256(json.dumps({"format": FORMAT, **content}, sort_keys=True).encode()).hexdigest()
