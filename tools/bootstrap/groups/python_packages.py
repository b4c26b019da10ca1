"""The Python environment of the program, the tools and the tests."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.processes import output_of
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, content_key, load_record
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.uv import base_python, ensure_uv, python_environ
from tools.bootstrap.versions import find_version
from tools.bootstrap.workplace import Workplace


@dataclass(frozen=True)
class PythonGroup:
    """Hash-pinned packages in `.slate/venv`."""

    name: str = "python"
    summary: str = "the Python environment"
    requires: tuple[str, ...] = ()

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none, packages come from the index that uv is set up for."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether the environment has exactly the pinned packages."""
        record = load_record(_record(place))
        installed = record.tools.get("python")
        return record.key == _key(place) and installed is not None and installed.intact()

    def install(self, task: Task) -> str:
        """Make the environment, or bring it up to date.

        Raises:
            BootstrapError: Python or the package index does not do its part.
        """
        place = task.place
        uv = ensure_uv(task)
        environ = python_environ(place)
        python = _python(place)
        moved = load_record(_record(place)).tools.get("python")
        if moved is not None and moved.where != str(python):
            shutil.rmtree(place.venv, ignore_errors=True)  # its scripts name the folder it was made in
        _record(place).unlink(missing_ok=True)
        # An environment whose interpreter still works is kept whichever Python this runs under: two users of one
        # clone with different shells would otherwise rebuild it in turns.
        version = find_version(output_of([str(python), "--version"], environ) or "")
        if version is None or (version.major, version.minor) < (3, 11):
            task.doing("making the environment")
            shutil.rmtree(place.venv, ignore_errors=True)
            task.run([uv, "venv", "--quiet", "--python", base_python(), str(place.venv)], environ)
            version = find_version(output_of([str(python), "--version"], environ) or "")
        task.doing("installing packages")
        command = [uv, "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(python)]
        task.run([*command, str(place.requirements / "dev.txt")], environ)
        record = Record(key=_key(place))
        record.tools["python"] = Installed.of("installed", str(version), python)
        record.save(_record(place))
        return f"Python {version} with the packages of requirements/dev.txt"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of the environment, for `doctor`."""
        if not self.ready(place):
            how = "python3 -m tools.bootstrap ensure python"
            return [ToolStatus("python", "missing", "", how, self.name)]
        installed = load_record(_record(place)).tools["python"]
        check = [installed.where, "-c", "import pulumi, pulumi_kubernetes, pydantic, yaml"]
        return [ToolStatus("python", installed.state, installed.version, installed.where, self.name, check)]


def _python(place: Workplace) -> Path:
    return place.venv / "bin" / "python"


def _record(place: Workplace) -> Path:
    return place.stamps / "python.json"


def _key(place: Workplace) -> str:
    return content_key(place.root, [place.requirements / "dev.txt"], "python")
