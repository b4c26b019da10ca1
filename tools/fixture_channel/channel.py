"""The channel's cache: built once for each set of inputs, complete or not there at all."""

import hashlib
import importlib.metadata
import json
import os
import platform as this_machine
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.lock import locked
from tools.fixture_channel import debian, inputs
from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.interpreters import Interpreter, choose
from tools.fixture_channel.progress import Progress

# What the channel is called, and what locks record as its address: a name that is reserved and never resolves, so
# that whoever goes past the mirror fails.
NAME = "fixture"
URL = "https://slate.invalid/fixture"

_PLATFORMS = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}
_RECORD = "fixture.json"
_KEPT = 2


@dataclass(frozen=True)
class FixtureChannel:
    """A channel that is ready.

    Attributes:
        path: its folder, with one folder a platform in it.
        key: hash of what went in.
        platform: such as `linux-64`.
        pythons: the versions of Python in it, such as `3.10`.
        substitutes: by wanted version of Python the one that stands for it, where the wanted one was not found; a
            wanted version that nothing can stand for is not a key of `substitutes` and not in `pythons`.
        glibc: the C library that its packages need.
    """

    path: Path
    key: str
    platform: str
    pythons: tuple[str, ...]
    substitutes: Mapping[str, str]
    glibc: str

    def python(self, wanted: str) -> str | None:
        """Return the version of Python to use where one is wanted: that one or the oldest newer one, else None."""
        fitting = [python for python in self.pythons if inputs.numbers(python) >= inputs.numbers(wanted)]
        return min(fitting, key=inputs.numbers, default=None)


def ensure(slate: Path, report: Callable[[str], None], environ: Mapping[str, str] | None = None) -> FixtureChannel:
    """Return the channel, building it first if it is not there yet (about a minute).

    Several at once are safe: one builds, the others wait for it. An interrupted build leaves nothing but downloads.

    Args:
        slate: the clone's `.slate` folder.
        report: is given lines about progress; says nothing when there is nothing to do.
        environ: where to look for CPython; the process' own by default.

    Raises:
        FixtureChannelError: this machine cannot build it; the text says why.
    """
    environ = os.environ if environ is None else environ
    wanted = inputs.read_inputs()
    platform = _platform()
    interpreters = choose(wanted.pythons, inputs.supported_pythons(), environ)
    key = _key(interpreters, platform)
    folder = slate / "cache" / "fixture-channel"
    if not _ready(folder / key):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock", lambda _: report("fixture channel: another process builds it, waiting")):
            if not _ready(folder / key):
                _build(
                    wanted,
                    interpreters,
                    platform,
                    folder=folder,
                    key=key,
                    log=slate / "logs" / "fixture-channel.log",
                    report=report,
                )
    return _read(folder / key, wanted.pythons, interpreters, report)


def _platform() -> str:
    machine = this_machine.machine()
    if sys.platform != "linux" or machine not in _PLATFORMS:
        raise FixtureChannelError(
            f"The fixture channel is built on Linux on {' or '.join(_PLATFORMS)}, and this is {sys.platform} on "
            f"{machine}. Use a real channel: set conda.upstreamChannels: [conda-forge]."
        )
    return _PLATFORMS[machine]


def _key(interpreters: Mapping[str, Interpreter], platform: str) -> str:
    digest = hashlib.sha256()
    for path in sorted([*inputs.HERE.glob("*.py"), inputs.HERE / "inputs.yml"]):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    for interpreter in {interpreter.short: interpreter for interpreter in interpreters.values()}.values():
        digest.update(f"{interpreter.version}\0{interpreter.prefix}\0".encode())
        digest.update(inputs.wheel_list(interpreter.short).read_bytes())
    for package in ("whl2conda", "zstandard"):
        digest.update(f"{package} {importlib.metadata.version(package)}\0".encode())
    digest.update(f"{platform}\0{debian.glibc()}".encode())
    return digest.hexdigest()[:20]


def _ready(folder: Path) -> bool:
    # Written last, and the folder gets its name only after that.
    return (folder / _RECORD).is_file()


def _build(
    wanted: inputs.Inputs,
    interpreters: Mapping[str, Interpreter],
    platform: str,
    *,
    folder: Path,
    key: str,
    log: Path,
    report: Callable[[str], None],
) -> None:
    # Loads what makes packages, which takes longer than finding that there is nothing to do.
    from tools.fixture_channel.build import build  # noqa: PLC0415

    for left in folder.glob(".building-*"):
        shutil.rmtree(left, ignore_errors=True)
    progress = Progress(report, 0)
    target = folder / f".building-{os.getpid()}"
    scratch = target / "scratch"
    scratch.mkdir(parents=True)
    try:
        downloads = folder / "downloads"
        sources = build(
            inputs=wanted,
            interpreters=interpreters,
            platform=platform,
            scratch=scratch,
            downloads=downloads,
            channel=target / "channel",
            log=log,
            progress=progress,
        )
        packages = len(list(target.glob("channel/*/*.conda")))
        shutil.rmtree(scratch)
        record = {
            "debian": sources,
            "glibc": debian.glibc(),
            "packages": packages,
            "platform": platform,
            "pythons": {want: interpreter.version for want, interpreter in interpreters.items()},
        }
        (target / _RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        target.rename(folder / key)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or "").strip()
        reason = f"{error}: {said}" if said else str(error)
        raise FixtureChannelError(f"The fixture channel cannot be built in {folder}: {reason}") from error
    finally:
        shutil.rmtree(target, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)
    _prune(folder, key)
    progress.say(f"ready, {packages} packages")


def _prune(folder: Path, key: str) -> None:
    """Delete channels of old inputs but the newest, which a checkout of another branch may want back."""
    others = [path.parent for path in folder.glob(f"*/{_RECORD}") if path.parent.name != key]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _read(
    folder: Path, wanted: tuple[str, ...], interpreters: Mapping[str, Interpreter], report: Callable[[str], None]
) -> FixtureChannel:
    record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    substitutes = {want: found.short for want, found in interpreters.items() if found.short != want}
    for want, found in substitutes.items():
        report(f"fixture channel: no CPython {want} on this machine, {found} stands for it (SLATE_PYTHON_PREFIXES)")
    for want in wanted:
        if want not in interpreters:
            report(f"fixture channel: no CPython {want} or newer on this machine, so environments on it are left out")
    pythons = tuple(dict.fromkeys(interpreter.short for interpreter in interpreters.values()))
    return FixtureChannel(folder / "channel", folder.name, record["platform"], pythons, substitutes, record["glibc"])
