"""Finds the CPython installations that the channel's `python` packages are made from."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.inputs import numbers

# Modules that an interpreter of a workspace must have; a CPython compiled without a library's headers lacks them.
REQUIRED_MODULES = ("bz2", "ctypes", "lzma", "readline", "sqlite3", "ssl", "zlib")

_PROBE = f"""
import importlib, json, platform, sys, sysconfig
missing = []
for module in {REQUIRED_MODULES!r}:
    try:
        importlib.import_module(module)
    except ImportError:
        missing.append(module)
print(json.dumps({{"version": platform.python_version(), "implementation": platform.python_implementation(),
    "prefix": sys.base_prefix, "missing": missing, "machine": platform.machine(),
    "free": bool(sysconfig.get_config_var("Py_GIL_DISABLED"))}}))
"""
_PROBE_SECONDS = 30


@dataclass(frozen=True)
class Interpreter:
    """A CPython installation.

    Attributes:
        prefix: its `sys.prefix`.
        version: such as `3.10.13`.
        machine: such as `x86_64`.
    """

    prefix: Path
    version: str
    machine: str

    @property
    def short(self) -> str:
        """Return the version without the patch level, such as `3.10`."""
        return self.version.rpartition(".")[0]

    @property
    def executable(self) -> Path:
        """Return the interpreter itself."""
        return self.prefix / "bin" / f"python{self.short}"


def prefixes(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the prefixes to look into, best first: the user's list, pyenv's versions, the system's."""
    for entry in environ.get("SLATE_PYTHON_PREFIXES", "").split(os.pathsep):
        if entry:
            yield Path(entry).expanduser()
    home = environ.get("HOME")
    root = environ.get("PYENV_ROOT") or (f"{home}/.pyenv" if home else "")
    if root:
        versions = (path for path in Path(root, "versions").glob("3.*") if path.is_dir())
        yield from sorted(versions, key=lambda path: numbers(path.name), reverse=True)
    yield Path("/usr/local")
    yield Path("/usr")


def choose(
    wanted: Sequence[str], supported: Sequence[str], environ: Mapping[str, str], folders: Sequence[Path] | None = None
) -> dict[str, Interpreter]:
    """Return an interpreter for each wanted version of Python; the oldest newer one where that is not there.

    Args:
        wanted: versions such as `3.10`.
        supported: the versions that there are wheels for.
        environ: names the places to look into.
        folders: the places to look into, if not those of `environ`.

    Returns:
        By wanted version; a wanted version that nothing fits (all are older) is left out.

    Raises:
        FixtureChannelError: no wanted version can be had.
    """
    places = list(prefixes(environ)) if folders is None else list(folders)
    rejected: list[str] = []
    found: dict[str, Interpreter | None] = {}
    chosen: dict[str, Interpreter] = {}
    for want in wanted:
        for version in (version for version in supported if numbers(version) >= numbers(want)):
            if version not in found:
                found[version] = _find(version, places, rejected)
            interpreter = found[version]
            if interpreter is not None:
                chosen[want] = interpreter
                break
    if not chosen:
        reasons = "".join(f"\n  {reason}" for reason in rejected)
        raise FixtureChannelError(
            f"No CPython from {wanted[0]} to {supported[-1]} that the fixture channel could be made from was found in "
            f"SLATE_PYTHON_PREFIXES, pyenv's versions, /usr/local or /usr.{reasons}\n"
            "Install one, for instance with `pyenv install 3.10`, or name the prefix of one: "
            "SLATE_PYTHON_PREFIXES=/opt/python3.10 (several: separated by colons)."
        )
    return chosen


def _find(version: str, places: Sequence[Path], rejected: list[str]) -> Interpreter | None:
    for prefix in places:
        executable = prefix / "bin" / f"python{version}"
        if not executable.is_file():
            continue
        answer = _probe(executable)
        if isinstance(answer, Interpreter):
            return answer
        rejected.append(f"{executable} {answer}")
    return None


def _probe(executable: Path) -> Interpreter | str:
    """Return the interpreter, or the reason why it does not do."""
    try:
        result = subprocess.run(
            [str(executable), "-I", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        answer = json.loads(result.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return "does not run"
    if answer["implementation"] != "CPython":
        return f"is {answer['implementation']}, not CPython"
    if answer["free"]:
        return "is a free-threaded build, which the wheels are not made for"
    if answer["missing"]:
        return f"was built without {', '.join(answer['missing'])}"
    if Path(answer["prefix"]).resolve() != executable.parent.parent.resolve():
        return f"belongs to {answer['prefix']}"
    return Interpreter(Path(answer["prefix"]), answer["version"], answer["machine"])
