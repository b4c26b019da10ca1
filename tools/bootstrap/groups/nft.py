"""nft, with which the real node filters and forwards: one on PATH, else that of Debian's packages."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.links import link
from tools.bootstrap.processes import output_of
from tools.bootstrap.search import files_on_path, fingerprint
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, load_record
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.versions import at_least, find_version
from tools.bootstrap.workplace import Workplace, system

# kube-proxy's nftables mode wants 1.0.1 (https://kubernetes.io/docs/reference/networking/virtual-ips/).
_RULE = at_least("1.0.1")
# With the libraries that small systems lack; those of the C library and of the terminal are everywhere.
_PACKAGES = (
    *("nftables", "libnftables1", "libnftnl11", "libmnl0", "libjansson4"),
    *("libxtables12", "libedit2", "libbsd0", "libmd0", "libgmp10"),
)


@dataclass(frozen=True)
class NftGroup:
    """For Linux only."""

    name: str = "nft"
    summary: str = "a real node: packet filter"
    requires: tuple[str, ...] = ()

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none, the package comes from where the machine's other ones do."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether the link leads to an nft that fits, or none is wanted here."""
        if system() != "linux":
            return True
        record = load_record(_record(place))
        installed = record.tools.get("nft")
        return (
            record.key == str(place.root)
            and record.candidates == fingerprint(place, ["nft"])
            and installed is not None
            and installed.intact()
            and (place.bin / "nft").exists()
            and (place.bin / "nft").samefile(installed.where)
        )

    def install(self, task: Task) -> str:
        """Link the nft to use.

        Raises:
            BootstrapError: there is none, and no Debian package of it can be had.
        """
        place = task.place
        installed = _search(task) or _from_package(task)
        place.bin.mkdir(parents=True, exist_ok=True)
        link(Path(installed.where), place.bin / "nft")
        record = Record(key=str(place.root), candidates=fingerprint(place, ["nft"]))
        record.tools["nft"] = installed
        record.save(_record(place))
        return f"{installed.state} nft {installed.version}"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of nft, for `doctor`."""
        if system() != "linux":
            return []
        if not self.ready(place):
            how = f"python3 -m tools.bootstrap ensure nft  (wanted: {_RULE.text})"
            return [ToolStatus("nft", "missing", "", how, self.name)]
        installed = load_record(_record(place)).tools["nft"]
        check = [str(place.bin / "nft"), "--version"]
        return [ToolStatus("nft", installed.state, installed.version, installed.where, self.name, check)]


def _search(task: Task) -> Installed | None:
    for path in files_on_path(task.place, "nft"):
        version = _version(task.place, path)
        if version is not None:
            return Installed.of("found", version, path)
        task.note(f"{path} is not used: wanted is version {_RULE.text}")
    return None


def _from_package(task: Task) -> Installed:
    place = task.place
    if not debian.available(place.environ):
        raise BootstrapError(
            "There is no nft on PATH, and no apt-get and dpkg-deb to get Debian's with. Install nftables "
            f"({_RULE.text}) with your system's package manager."
        )
    task.doing("unpacking Debian's packages")
    target = place.slate / "debian" / "nftables"
    debian.unpack(_PACKAGES, target, place.slate / "cache" / "debian", task.run, place.environ)
    path = target / "nft"
    path.write_text(_starter(target), encoding="utf-8")
    path.chmod(0o755)
    version = _version(place, path)
    if version is None:
        raise BootstrapError(
            f"Debian's package nftables brought no nft that works here and is {_RULE.text} ({path}). "
            "Install nftables with your system's package manager."
        )
    return Installed.of("downloaded", version, path)


def _starter(target: Path) -> str:
    """Return a script that runs the unpacked program with the libraries beside it."""
    folders = sorted({str(path.parent) for path in target.rglob("lib*.so.*")})
    program = shlex.quote(str(target / "usr" / "sbin" / "nft"))
    return f'#!/bin/sh\nLD_LIBRARY_PATH={shlex.quote(":".join(folders))} exec {program} "$@"\n'


def _version(place: Workplace, path: Path) -> str | None:
    version = find_version(output_of([str(path), "--version"], place.environ) or "")
    return str(version) if version is not None and _RULE.accepts(version) else None


def _record(place: Workplace) -> Path:
    return place.stamps / "nft.json"
