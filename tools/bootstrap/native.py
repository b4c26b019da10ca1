"""Groups of native tools: each tool found on PATH, else downloaded, else built from the group's Go module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.errors import DownloadError, HostUnavailableError
from tools.bootstrap.gobuild import Target, build
from tools.bootstrap.golang import go_on_path
from tools.bootstrap.links import link
from tools.bootstrap.processes import output_of
from tools.bootstrap.releases import Release
from tools.bootstrap.search import files_on_path, fingerprint
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, content_key, load_record, source_files
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.versions import Rule, find_version
from tools.bootstrap.workplace import Workplace, architecture, system

# Version commands of tools on PATH must not ask the network.
_QUIET = {"PULUMI_SKIP_UPDATE_CHECK": "true"}


@dataclass(frozen=True)
class NativeTool:
    """One program of a group."""

    name: str
    pinned: str
    version_command: tuple[str, ...] = ("--version",)
    rule: Rule | None = None  # None: never taken from PATH
    release: Release | None = None  # None: nothing with a checksum is published for this system


@dataclass(frozen=True)
class NativeGroup:
    """Tools that are built together from one Go module."""

    name: str
    summary: str
    module: Path  # the folder of the go.mod
    tools: tuple[NativeTool, ...]
    requires: tuple[str, ...] = ()

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return what must be built to have the missing tools."""
        raise NotImplementedError

    def adopt(self, place: Workplace) -> Mapping[str, Installed]:
        """Return tools that another group has brought along."""
        del place
        return {}

    def build(self, task: Task, missing: Sequence[str]) -> tuple[str, Mapping[str, Path]]:
        """Build the missing tools; return Go's version and each tool's file."""
        version, _, files = build(task, self.module, self.targets(missing, task.place), missing)
        return version, files

    def after_install(self, task: Task, record: Record) -> None:
        """Do what every installation needs, wherever its tools are from."""

    def record_path(self, place: Workplace) -> Path:
        """Where the group's record lies."""
        return place.stamps / f"{self.name}.json"

    def key(self, place: Workplace) -> str:
        """Return the digest of everything that decides what is installed, but for Go's version."""
        flags = [repr(target) for target in self.targets([tool.name for tool in self.tools], place)]
        words = [self.name, system(), architecture(), *flags]
        return content_key(place.root, source_files(self.module), *words)

    def hosts(self) -> set[str]:
        """Return the download hosts that the group would ask."""
        return {host for tool in self.tools if tool.release for host in tool.release.hosts}

    def ready(self, place: Workplace) -> bool:
        """Whether everything is installed from the present sources; looks at files and Go's version only."""
        record = load_record(self.record_path(place))
        return (
            record.key == self.key(place)
            and record.candidates == fingerprint(place, self.searched())
            and all(self._linked(record, tool.name, place) for tool in self.tools)
            and self._same_go(record, place)
        )

    def install(self, task: Task) -> str:
        """Get every tool of the group in the order PATH, download, build; return what was done in a few words.

        Raises:
            BootstrapError: a tool can be had in no way.
            CancelledError: the run was stopped.
        """
        place = task.place
        place.bin.mkdir(parents=True, exist_ok=True)
        old = load_record(self.record_path(place))
        if old.key != self.key(place) or not self._same_go(old, place):
            old = Record()
        record = Record(key=self.key(place), candidates=fingerprint(place, self.searched()), go=old.go)
        for name, installed in self.adopt(place).items():
            if not _same_file(place.bin / name, installed.where):
                link(Path(installed.where), place.bin / name)
            record.tools[name] = installed
        for tool in self.tools:
            if tool.name not in record.tools:
                self.obtain(tool, task, old, record)
        missing = [tool.name for tool in self.tools if tool.name not in record.tools]
        if missing:
            record.go, files = self.build(task, missing)
            for name in missing:
                record.tools[name] = Installed.of("built", self._tool(name).pinned, files[name])
        elif not any(tool.state == "built" for tool in record.tools.values()):
            record.go = ""
        self.after_install(task, record)
        record.save(self.record_path(place))
        return _summary(record)

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of each tool, for `doctor`."""
        record = load_record(self.record_path(place))
        current = record.key == self.key(place)
        result = []
        for tool in self.tools:
            command = [str(place.bin / tool.name), *tool.version_command] if tool.version_command else None
            if current and self._linked(record, tool.name, place):
                installed = record.tools[tool.name]
                result.append(
                    ToolStatus(tool.name, installed.state, installed.version, installed.where, self.name, command)
                )
            else:
                how = f"python3 -m tools.bootstrap ensure {self.name}  (wanted: {tool.pinned})"
                result.append(ToolStatus(tool.name, "missing", "", how, self.name))
        return result

    def _tool(self, name: str) -> NativeTool:
        return next(tool for tool in self.tools if tool.name == name)

    def searched(self) -> list[str]:
        """Return the programs on PATH that decide what is installed."""
        return [tool.name for tool in self.tools if tool.rule is not None]

    def _same_go(self, record: Record, place: Workplace) -> bool:
        if not record.go:
            return True
        # Without a Go on PATH what was built stays: there is nothing better to build with.
        present = go_on_path(place)
        return present is None or present[0] == record.go

    def _linked(self, record: Record, name: str, place: Workplace) -> bool:
        installed = record.tools.get(name)
        return installed is not None and installed.intact() and _same_file(place.bin / name, installed.where)

    def take(self, installed: Installed, place: Workplace) -> Installed:
        """Link a tool that lies elsewhere, under the name of its file."""
        link(Path(installed.where), place.bin / Path(installed.where).name)
        return installed

    def obtain(self, tool: NativeTool, task: Task, old: Record, record: Record) -> None:
        """Look for a tool on PATH, among what is there already, and for a download; else it is left to be built."""
        place = task.place
        found = self._search(tool, task)
        if found is not None:
            record.tools[tool.name] = self.take(found, place)
            return
        kept = old.tools.get(tool.name)
        if kept and kept.state in ("downloaded", "built") and self._linked(old, tool.name, place):
            record.tools[tool.name] = kept
            return
        if tool.release is None:
            return
        try:
            task.doing("looking for a download")
            files = task.downloader(tool.name).install(tool.release, tool.name, place.bin)
        except HostUnavailableError as error:
            task.note(f"nothing is downloaded from {error}")
            return
        except DownloadError as error:
            task.note(f"{tool.name} is not downloaded: {error}")
            return
        for file in files:
            record.tools[file.name] = Installed.of("downloaded", tool.pinned, file)

    def _search(self, tool: NativeTool, task: Task) -> Installed | None:
        if tool.rule is None:
            return None
        for path in files_on_path(task.place, tool.name):
            output = output_of([str(path), *tool.version_command], {**task.place.environ, **_QUIET})
            version = find_version(output or "")
            if version is None:
                task.note(f"{path} is not used: it does not tell its version")
            elif not tool.rule.accepts(version):
                task.note(f"{path} is not used: version {version}, wanted {tool.rule.text}")
            else:
                return Installed.of("found", str(version), path)
        return None


def _same_file(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _summary(record: Record) -> str:
    parts = []
    for state in ("found", "downloaded", "built"):
        names = [f"{name} {tool.version}" for name, tool in record.tools.items() if tool.state == state]
        if names:
            parts.append(f"{state} {', '.join(names)}")
    return "; ".join(parts)
