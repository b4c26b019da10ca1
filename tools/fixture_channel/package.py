"""Writes a folder as a conda package: the same content gives the same bytes.

The format is that of `.conda` files: an uncompressed zip of two compressed tar archives, `info` with the metadata and
`pkg` with the files.
"""

import contextlib
import hashlib
import io
import json
import stat
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import zstandard

# Longer than any prefix that is installed into; installers replace it in the files that are recorded to have it.
PLACEHOLDER = ("/opt/slate" + "_placehold" * 26)[:255]

# 1 January 2025: all files and packages bear it, so that nothing depends on the time of the build.
TIMESTAMP = 1735689600

# Little slower than the lowest level, while the highest takes ten times as long for a sixth less.
COMPRESSION_LEVEL = 3


@dataclass(frozen=True)
class Metadata:
    """What a package says of itself (`info/index.json` and `info/about.json`).

    Attributes:
        subdir: platform, such as `linux-64` or `noarch`.
        noarch: `python` for packages whose files go to wherever the environment's Python has its site-packages.
        entry_points: of `noarch: python` packages, such as `jupyter-lab=jupyterlab.labapp:main`.
    """

    name: str
    version: str
    build: str
    subdir: str
    depends: Sequence[str] = ()
    constrains: Sequence[str] = ()
    license: str = ""
    summary: str = ""
    noarch: Literal["python", "generic"] | None = None
    entry_points: Sequence[str] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """Return the name of the package's file."""
        return f"{self.name}-{self.version}-{self.build}.conda"

    def index(self) -> dict[str, Any]:
        """Return the content of `info/index.json`."""
        architecture = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}.get(self.subdir)
        index: dict[str, Any] = {
            "arch": architecture,
            "build": self.build,
            "build_number": 0,
            "depends": list(self.depends),
            "license": self.license,
            "name": self.name,
            "platform": "linux" if architecture else None,
            "subdir": self.subdir,
            "timestamp": TIMESTAMP * 1000,
            "version": self.version,
        }
        if self.constrains:
            index["constrains"] = list(self.constrains)
        if self.noarch:
            index["noarch"] = self.noarch
        return index


def write_package(tree: Path, metadata: Metadata, channel: Path, licences: Sequence[Path] = ()) -> dict[str, Any]:
    """Write the files of a folder as a package into a channel and return its record for the channel's index.

    Text files that contain `PLACEHOLDER` are recorded, so that installers put the environment's prefix there.

    Args:
        tree: the files, in the places they have in an environment.
        metadata: what the package says of itself.
        channel: the package goes into the folder of its platform.
        licences: texts that go with it.
    """
    paths = [path for path in sorted(tree.rglob("*")) if path.is_symlink() or path.is_file()]
    records = [_path_record(path, tree) for path in paths]
    info: dict[str, bytes] = {
        "about.json": _json({"license": metadata.license, "summary": metadata.summary, **metadata.about}),
        "files": "".join(f"{record['_path']}\n" for record in records).encode(),
        "index.json": _json(metadata.index()),
        "paths.json": _json({"paths": records, "paths_version": 1}),
    }
    if metadata.noarch == "python":
        noarch: dict[str, Any] = {"type": "python"}
        if metadata.entry_points:
            noarch["entry_points"] = list(metadata.entry_points)
        info["link.json"] = _json({"noarch": noarch, "package_metadata_version": 1})
    for licence in licences:
        info[f"licenses/{licence.name}"] = licence.read_bytes()
    folder = channel / metadata.subdir
    folder.mkdir(parents=True, exist_ok=True)
    _write_conda(folder / metadata.file_name, info, {path.relative_to(tree).as_posix(): path for path in paths})
    return {**metadata.index(), **_digests(folder / metadata.file_name)}


def is_elf(path: Path) -> bool:
    """Whether a file is a Linux program or library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _write_conda(package: Path, info: Mapping[str, bytes], files: Mapping[str, Path]) -> None:
    """Write the zip by hand: the library for it stamps its members with the time."""
    stem = package.name.removesuffix(".conda")
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_member("metadata.json"), json.dumps({"conda_pkg_format_version": 2}))
        with _compressed_tar(archive, f"pkg-{stem}.tar.zst") as tar:
            for name, path in files.items():
                _add(tar, path, name)
        with _compressed_tar(archive, f"info-{stem}.tar.zst") as tar:
            for name, content in sorted(info.items()):
                tar.addfile(_entry(f"info/{name}", 0o644, len(content)), io.BytesIO(content))


@contextlib.contextmanager
def _compressed_tar(archive: zipfile.ZipFile, name: str) -> Iterator[tarfile.TarFile]:
    compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL)
    with (
        archive.open(_member(name), "w", force_zip64=True) as member,
        compressor.stream_writer(member, closefd=False) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        yield tar


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=time.gmtime(TIMESTAMP)[:6])
    member.external_attr = 0o644 << 16
    return member


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    if path.is_symlink():
        entry = _entry(name, 0o777, 0)
        entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
        archive.addfile(entry)
        return
    status = path.stat()
    mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
    with path.open("rb") as file:
        archive.addfile(_entry(name, mode, status.st_size), file)


def _entry(name: str, mode: int, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size, entry.mtime = mode, size, TIMESTAMP
    return entry


def _path_record(path: Path, tree: Path) -> dict[str, Any]:
    # A link's hash is that of what it leads to, as conda-build writes it.
    content = path.read_bytes()
    record: dict[str, Any] = {
        "_path": path.relative_to(tree).as_posix(),
        "path_type": "softlink" if path.is_symlink() else "hardlink",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_in_bytes": len(content),
    }
    if not path.is_symlink() and b"\0" not in content and PLACEHOLDER.encode() in content:
        record.update(file_mode="text", prefix_placeholder=PLACEHOLDER)
    return record


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True).encode()


def _digests(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        # Clients of conda still compare this one; trust rests on the other.
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
