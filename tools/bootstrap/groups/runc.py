"""runc, with which BuildKit runs the steps of an image: one on PATH, else the file of Debian's package."""

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

# The one of Debian 12, with which images are built in our tests.
_RULE = at_least("1.1.5")
_PACKAGE = "runc"


@dataclass(frozen=True)
class RuncGroup:
    """For Linux only: elsewhere images are built by a Docker engine."""

    name: str = "runc"
    summary: str = "runs the steps of an image build"
    requires: tuple[str, ...] = ()

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none, the package comes from where the machine's other ones do."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether the link leads to a runc that fits, or none is wanted here."""
        if system() != "linux":
            return True
        record = load_record(_record(place))
        installed = record.tools.get("runc")
        return (
            record.key == str(place.root)
            and record.candidates == fingerprint(place, ["runc"])
            and installed is not None
            and installed.intact()
            and (place.bin / "runc").exists()
            and (place.bin / "runc").samefile(installed.where)
        )

    def install(self, task: Task) -> str:
        """Link the runc to use.

        Raises:
            BootstrapError: there is none, and no Debian package of it can be had.
        """
        place = task.place
        installed = _search(task) or _from_package(task)
        place.bin.mkdir(parents=True, exist_ok=True)
        link(Path(installed.where), place.bin / "runc")
        record = Record(key=str(place.root), candidates=fingerprint(place, ["runc"]))
        record.tools["runc"] = installed
        record.save(_record(place))
        return f"{installed.state} runc {installed.version}"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of runc, for `doctor`."""
        if system() != "linux":
            return []
        if not self.ready(place):
            how = f"python3 -m tools.bootstrap ensure runc  (wanted: {_RULE.text})"
            return [ToolStatus("runc", "missing", "", how, self.name)]
        installed = load_record(_record(place)).tools["runc"]
        check = [str(place.bin / "runc"), "--version"]
        return [ToolStatus("runc", installed.state, installed.version, installed.where, self.name, check)]


def _search(task: Task) -> Installed | None:
    for path in files_on_path(task.place, "runc"):
        version = _version(task.place, path)
        if version is not None:
            return Installed.of("found", version, path)
        task.note(f"{path} is not used: wanted is version {_RULE.text}")
    return None


def _from_package(task: Task) -> Installed:
    place = task.place
    if not debian.available(place.environ):
        raise BootstrapError(
            "There is no runc on PATH, and no apt-get and dpkg-deb to get Debian's with. Install runc "
            f"({_RULE.text}) with your system's package manager."
        )
    task.doing("unpacking Debian's package")
    target = place.slate / "debian" / _PACKAGE
    debian.unpack(
        [_PACKAGE],
        target,
        place.slate / "cache" / "debian",
        task.run,
        place.environ,
    )
    path = target / "usr" / "sbin" / "runc"
    version = _version(place, path) if path.is_file() else None
    if version is None:
        raise BootstrapError(
            f"Debian's package {_PACKAGE} brought no runc that works here and is {_RULE.text} ({path}). It needs "
            "libseccomp2; or install runc with your system's package manager."
        )
    return Installed.of("downloaded", version, path)


def _version(place: Workplace, path: Path) -> str | None:
    version = find_version(output_of([str(path), "--version"], place.environ) or "")
    return str(version) if version is not None and _RULE.accepts(version) else None


def _record(place: Workplace) -> Path:
    return place.stamps / "runc.json"
