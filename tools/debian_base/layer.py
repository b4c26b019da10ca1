"""The layer of the base image, from the tar archive of a fresh root file system.

What differs between two makings, belongs to the machine or helps nobody in a container is left out: logs, caches,
machine id, host keys, documentation. No file keeps a set-user-id or set-group-id bit. Owners stay; times are at most
the given one.
"""

import copy
import gzip
import hashlib
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.debian_base.errors import DebianError

# The content of these folders goes, the folders stay.
_EMPTIED = re.compile(
    r"^(dev|proc|sys|run|tmp|var/cache|var/log|var/tmp|var/lib/apt|var/lib/systemd|var/lib/ucf/cache|etc/apt"
    r"|usr/share/(man|info|locale|lintian|doc-base|bug))/.+"
)
_DROPPED = re.compile(
    r"^(etc/(resolv\.conf|hostname|machine-id|\.pwd\.lock|(passwd|group|shadow|gshadow|subuid|subgid)-)"
    r"|etc/ssh/ssh_host_.*|var/lib/dbus/machine-id|var/lib/dpkg/(.*-old|lock.*|triggers/Lock)"
    r"|etc/dpkg/dpkg\.cfg\.d/99mmdebstrap|usr/share/doc/.*(?<!/copyright))$"
)
_SET_ID = 0o6000
_LEVEL = 6


@dataclass(frozen=True)
class Layer:
    """A layer: the file, the digest of the file, and that of its content (`diff_id`), in hexadecimal digits."""

    path: Path
    digest: str
    size: int
    diff_id: str
    files: int


class _Hashed:
    """Passes what is written on, and hashes it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.size += len(data)
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()


def write_layer(source: Path, target: Path, latest: int) -> Layer:
    """Write the layer as a gzip file that depends on the content alone.

    Args:
        source: tar archive of a root file system.
        target: the file to write.
        latest: no file is newer than this; in seconds since 1970.

    Raises:
        DebianError: a link leads to a file that is left out.
    """
    with target.open("wb") as stream:
        packed = _Hashed(stream)
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=_LEVEL, mtime=0) as zipped:  # type: ignore[arg-type]
            plain = _Hashed(zipped)  # type: ignore[arg-type]
            count = _filter(source, plain, latest)
    return Layer(target, packed.hash.hexdigest(), packed.size, plain.hash.hexdigest(), count)


def _filter(source: Path, out: _Hashed, latest: int) -> int:
    names: set[str] = set()
    with (
        tarfile.open(source, "r:") as old,
        tarfile.open(fileobj=out, mode="w|", format=tarfile.GNU_FORMAT) as new,  # type: ignore[call-overload]
    ):
        for entry in old:
            made = kept(entry, latest)
            if made is None:
                continue
            if made.islnk() and made.linkname not in names:
                raise DebianError(f"{made.name} is a second name of {made.linkname}, which is left out of the image.")
            names.add(made.name)
            new.addfile(made, old.extractfile(entry) if entry.isreg() else None)
    return len(names)


def kept(entry: tarfile.TarInfo, latest: int) -> tarfile.TarInfo | None:
    """Return an entry as it goes into the layer, or None if it does not."""
    name = entry.name.removeprefix("./").rstrip("/")
    if name in ("", ".") or _EMPTIED.match(name):
        return None
    if not entry.isdir() and _DROPPED.match(name):
        return None
    if entry.ischr() or entry.isblk() or entry.isfifo():
        return None
    made = copy.copy(entry)
    made.name = name
    made.linkname = entry.linkname.removeprefix("./") if entry.islnk() else entry.linkname
    made.mode = entry.mode & ~_SET_ID & 0o7777
    made.mtime = min(int(entry.mtime), latest)
    made.uname = made.gname = ""
    made.pax_headers = {}  # no file capabilities either
    return made
