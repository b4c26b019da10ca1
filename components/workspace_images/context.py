"""What goes into the build of each image layer: an exact list of files, and the hash of them that is its tag.

A layer's context holds the files that `context.yml` beside its Dockerfile names, the layer's lock files, and what the
settings say of it. Nothing else of the repository is seen by the build, so nothing else can change its hash: editing
one environment changes the hash of that layer alone, editing a layer also those that stand on it.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from components.workspace_images.problem import ImagesError

TAG_CHARACTERS = 20
SOURCE_DATE_EPOCH = 1735689600
"""Time of everything in an image, seconds since 1970 (1 January 2025): builds at different times are the same image."""

IGNORED = ("__pycache__", ".pytest_cache", ".ruff_cache")
CONTEXT_FILE = "context.yml"


@dataclass(frozen=True)
class File:
    """A file of a context."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Layer:
    """One image of the chain.

    Attributes:
        name: Name, and last part of the repository: `base-py310`, `common-py310`, an environment, or `platform`.
        target: Target of the Dockerfile.
        files: Files of the context, by their path in it.
        arguments: Build arguments that are known beforehand.
        below: Name of the layer whose image is the build argument BELOW.
        below_hash: Content hash of that layer.
    """

    name: str
    target: str
    files: Mapping[str, File]
    arguments: Mapping[str, str] = field(default_factory=dict)
    below: str | None = None
    below_hash: str = ""

    @property
    def content_hash(self) -> str:
        """The first digits of the SHA-256 of all that decides the image: the layer's tag."""
        digest = hashlib.sha256()
        for part in (self.name, self.target, self.below_hash):
            _add(digest, part.encode())
        for key, value in sorted(self.arguments.items()):
            _add(digest, key.encode(), value.encode())
        for path, file in sorted(self.files.items()):
            _add(digest, path.encode(), b"x" if file.executable else b"-", file.content)
        return digest.hexdigest()[:TAG_CHARACTERS]


def _add(digest: Any, *parts: bytes) -> None:
    """Each part after its length, so that no two lists of parts look alike."""
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)


def listed_files(root: Path, folder: str, target: str) -> dict[str, File]:
    """The files that `context.yml` names for a target.

    Args:
        root: The repository.
        folder: Where the `context.yml` lies, from the root.
        target: Target of the Dockerfile.

    Raises:
        ImagesError: The list cannot be read, or a file of it is missing.
    """
    place = f"{folder}/{CONTEXT_FILE}"
    try:
        listed = yaml.safe_load((root / place).read_text(encoding="utf-8"))["targets"][target]["files"]
        entries = [(str(entry["from"]), str(entry["to"])) for entry in listed]
    except OSError as error:
        raise ImagesError(f"{place}: cannot be read ({error.strerror}); it names the files of each image") from None
    except (yaml.YAMLError, KeyError, TypeError):
        what = f"{place}: has no list of files for the target {target}"
        raise ImagesError(f"{what}; write targets: {{{target}: {{files: [{{from: ..., to: ...}}]}}}}") from None
    files: dict[str, File] = {}
    for source, destination in entries:
        found = dict(_read(root / source, destination))
        if not found:
            raise ImagesError(f"{place}: the target {target} names {source}, which does not exist")
        files |= found
    return files


def _read(source: Path, destination: str) -> Iterator[tuple[str, File]]:
    if source.is_file():
        yield destination.rstrip("/"), _file(source)
    elif source.is_dir():
        for path in sorted(source.rglob("*")):
            inside = path.relative_to(source)
            if path.is_file() and not any(part in IGNORED for part in inside.parts):
                yield f"{destination.rstrip('/')}/{inside.as_posix()}", _file(path)


def _file(path: Path) -> File:
    return File(path.read_bytes(), os.access(path, os.X_OK))


def write(layer: Layer, folder: Path) -> Path:
    """Write a layer's context, once: its name holds its hash, so what is there is right.

    Modes and times are fixed, as both end up in the image.

    Args:
        layer: The layer.
        folder: Where the contexts lie.

    Returns:
        The context's folder.

    Raises:
        ImagesError: It cannot be written.
    """
    place = folder / f"{layer.name}-{layer.content_hash}"
    if place.is_dir():
        return place
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder, ignore_cleanup_errors=True) as temporary:
            made = Path(temporary, place.name)
            for path, file in layer.files.items():
                _put(made / path, file)
            for path in [*made.rglob("*"), made]:
                _settle(path)
            if not place.is_dir():
                shutil.move(made, place)
    except OSError as error:
        raise ImagesError(f"{place}: the build context cannot be written: {error.strerror}") from None
    return place


def _put(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    path.chmod(0o755 if file.executable else 0o644)


def _settle(path: Path) -> None:
    if path.is_dir():
        path.chmod(0o755)
    os.utime(path, (SOURCE_DATE_EPOCH, SOURCE_DATE_EPOCH))
