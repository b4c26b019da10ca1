"""Where Go and uv keep their caches: in the usual places, or in `.slate/cache` if those cannot be written."""

import os
from pathlib import Path

from tools.bootstrap.workplace import Workplace


def cache_variables(place: Workplace) -> dict[str, str]:
    """Return the variables that move caches into the clone; empty when the user's own places work.

    Services and containers often run as a user whose home folder does not exist or belongs to somebody else.
    """
    environ = place.environ
    home = environ.get("HOME", "")
    xdg = environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else "")
    go_path = environ.get("GOPATH", "").split(os.pathsep)[0] or (f"{home}/go" if home else "")
    moved: dict[str, str] = {}
    for variable, usual, name in (
        ("GOCACHE", f"{xdg}/go-build" if xdg else "", "go-build"),
        ("GOMODCACHE", f"{go_path}/pkg/mod" if go_path else "", "go-mod"),
        ("UV_CACHE_DIR", f"{xdg}/uv" if xdg else "", "uv"),
    ):
        if not environ.get(variable) and not _writable(usual):
            moved[variable] = str(place.slate / "cache" / name)
    if "GOMODCACHE" in moved:
        moved["GOPATH"] = str(place.slate / "cache" / "go")
    return moved


def _writable(path: str) -> bool:
    if not path or not Path(path).is_absolute():
        return False
    folder = Path(path)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    # The root folder stands for "no home at all": root could write there, but nobody wants it to.
    return folder != folder.parent and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
