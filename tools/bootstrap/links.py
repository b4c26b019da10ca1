"""Symbolic links in `.slate/bin`."""

import os
from pathlib import Path


def link(target: Path, path: Path) -> None:
    """Make a symbolic link, replacing what was there at once."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)
