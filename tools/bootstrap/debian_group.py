"""Groups of programs that come from PATH, or else from Debian's packages, unpacked, not installed. For Linux only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.links import link
from tools.bootstrap.processes import output_of
from tools.bootstrap.search import fingerprint
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, load_record
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.versions import Rule, find_version
from tools.bootstrap.workplace import Workplace, system


@dataclass(frozen=True)
class DebianGroup:
    """What such groups share; each says how to search and what to unpack.

    Attributes:
        name: Of the group.
        summary: What it is for, a few words.
        title: What `make up` and `doctor` call its first program.
        programs: Names of the programs.
        rule: Which versions fit.
        purpose: Said in `doctor` before the wanted version, such as "for tests; ".
        requires: Names of groups that come first.
    """

    name: str
    summary: str
    title: str
    programs: tuple[str, ...]
    rule: Rule
    purpose: str = ""
    requires: tuple[str, ...] = ()

    def search(self, task: Task) -> dict[str, Installed] | None:
        """Return the programs on PATH that fit, or None."""
        raise NotImplementedError

    def from_packages(self, task: Task) -> dict[str, Installed]:
        """Unpack Debian's packages.

        Raises:
            BootstrapError: they cannot be had, or do not work here.
        """
        raise NotImplementedError

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none, packages come from where the machine's other ones do."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether the links lead to programs that fit, or none are wanted here."""
        if system() != "linux":
            return True
        record = load_record(self._record(place))
        return (
            record.key == str(place.root)
            and record.candidates == fingerprint(place, self.programs)
            and all(_linked(place, name, record.tools.get(name)) for name in self.programs)
        )

    def install(self, task: Task) -> str:
        """Link the programs to use.

        Raises:
            BootstrapError: there are none, and no Debian packages of them can be had.
        """
        place = task.place
        tools = self.search(task) or self.from_packages(task)
        place.bin.mkdir(parents=True, exist_ok=True)
        for name, installed in tools.items():
            link(Path(installed.where), place.bin / name)
        record = Record(key=str(place.root), candidates=fingerprint(place, self.programs), tools=tools)
        record.save(self._record(place))
        first = tools[self.programs[0]]
        return f"{first.state} {self.title} {first.version}"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of the programs, for `doctor`."""
        if system() != "linux":
            return []
        if not self.ready(place):
            how = f"python3 -m tools.bootstrap ensure {self.name}  ({self.purpose}wanted: {self.rule.text})"
            return [ToolStatus(name, "missing", "", how, self.name) for name in self.programs]
        tools = load_record(self._record(place)).tools
        return [
            ToolStatus(name, tool.state, tool.version, tool.where, self.name, [str(place.bin / name), "--version"])
            for name, tool in tools.items()
        ]

    def version(self, place: Workplace, path: Path) -> str | None:
        """Return the version of a program that runs here and fits, or None."""
        version = find_version(output_of([str(path), "--version"], place.environ) or "")
        return str(version) if version is not None and self.rule.accepts(version) else None

    def unpack(self, task: Task, packages: Sequence[str], *, dependencies: bool = False) -> Path:
        """Unpack packages; the first one gives the folder its name, which is returned.

        Raises:
            BootstrapError: they cannot be had.
        """
        place, wanted = task.place, " and ".join(self.programs)
        if not debian.available(place.environ):
            raise BootstrapError(
                f"There is no {wanted} on PATH that fits, and no apt-get and dpkg-deb to get Debian's with. Install"
                f" {wanted} ({self.rule.text}) with your system's package manager."
            )
        task.doing("unpacking Debian's packages")
        target = place.slate / "debian" / packages[0]
        cache = place.slate / "cache" / "debian"
        debian.unpack(packages, target, cache, task.run, place.environ, dependencies=dependencies)
        return target

    def unpacked(self, place: Workplace, path: Path, starter: str) -> Installed:
        """Write a script that starts an unpacked program, and try it.

        Raises:
            BootstrapError: it does not work here, or is of a version that does not fit.
        """
        path.write_text(starter, encoding="utf-8")
        path.chmod(0o755)
        version = self.version(place, path)
        if version is None:
            raise BootstrapError(
                f"Debian's packages brought no {path.name} that works here and is {self.rule.text} ({path}). Install"
                f" {' and '.join(self.programs)} with your system's package manager."
            )
        return Installed.of("downloaded", version, path)

    def _record(self, place: Workplace) -> Path:
        return place.stamps / f"{self.name}.json"


def _linked(place: Workplace, name: str, installed: Installed | None) -> bool:
    path = place.bin / name
    return installed is not None and installed.intact() and path.exists() and path.samefile(installed.where)
