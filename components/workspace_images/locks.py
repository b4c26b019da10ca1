"""The index of a folder of locks (`locks.json`), and the packages of all locks in it."""

import json
from pathlib import Path
from typing import Any

from components.workspace_images.problem import ImagesError

INDEX = "locks.json"
EXPLICIT = ".explicit.txt"


def read_index(folder: Path, shown: str, remedy: str) -> dict[str, Any]:
    """What the index says of each layer, by the layer's name.

    Args:
        folder: The folder with the locks.
        shown: How the folder is called in messages.
        remedy: Command that makes the locks.

    Raises:
        ImagesError: There is none, or it cannot be read.
    """
    try:
        layers = json.loads((folder / INDEX).read_text(encoding="utf-8"))["layers"]
        if not isinstance(layers, dict) or not all(isinstance(entry, dict) for entry in layers.values()):
            raise TypeError
    except FileNotFoundError:
        raise ImagesError(f"{shown}: there are no locks; run `{remedy}`") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ImagesError(f"{shown}/{INDEX}: cannot be read; run `{remedy}` again") from None
    return layers


def read_lock_file(folder: Path, shown: str, name: str, remedy: str) -> bytes:
    """The content of a file beside the index.

    Raises:
        ImagesError: It cannot be read.
    """
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ImagesError(f"{shown}/{name}: cannot be read ({error.strerror}); run `{remedy}` again") from None


def package_manager(folder: Path) -> str:
    """The package manager that the locks were made with; `none` if they have none. The index must be readable."""
    options = json.loads((folder / INDEX).read_text(encoding="utf-8")).get("options")
    return (options.get("packageManager") if isinstance(options, dict) else None) or "none"


def all_packages(folder: Path | None, shown: str, remedy: str) -> str:
    """The packages of all locks, a line each, for the mirror; nothing without a folder.

    Raises:
        ImagesError: There are no locks, or one cannot be read.
    """
    lines: set[str] = set()
    if folder is None:
        return ""
    for layer in read_index(folder, shown, remedy):
        own = read_lock_file(folder, shown, f"{layer}{EXPLICIT}", remedy)
        others = [path.read_bytes() for path in folder.glob(f"{layer}.*{EXPLICIT}")]  # of further platforms
        lines |= {line.strip() for text in [own, *others] for line in text.decode().splitlines() if "://" in line}
    return "".join(f"{line}\n" for line in sorted(lines))
