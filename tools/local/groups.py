"""The control groups that build steps leave behind."""

import contextlib
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")


def remove(name: str, mount: Path = MOUNT) -> None:
    """Removes a control group and those below it from every hierarchy, as far as no process is in them."""
    for top in (mount / name, *mount.glob(f"*/{name}")):
        if top.is_dir():
            below = [path for path in top.rglob("*") if path.is_dir()]
            for path in [*sorted(below, key=lambda path: len(path.parts), reverse=True), top]:
                with contextlib.suppress(OSError):
                    path.rmdir()
