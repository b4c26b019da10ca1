"""What goes into the fixture channel, from the committed lists."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.fixture_channel.errors import FixtureChannelError

HERE = Path(__file__).resolve().parent

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:(?P<sha256>[0-9a-f]{64})")


def normalised(name: str) -> str:
    """Return a Python package's name as the index normalises it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version: str) -> tuple[int, ...]:
    """Return a version of Python for comparing, such as (3, 10, 13)."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


@dataclass(frozen=True)
class Library:
    """A conda package that is made from Debian packages.

    Attributes:
        name: conda-forge's name.
        debian: for each Debian package the names it may have, in the order to try.
        license: SPDX expression.
    """

    name: str
    debian: tuple[tuple[str, ...], ...]
    license: str


@dataclass(frozen=True)
class Inputs:
    """The content of `inputs.yml`."""

    pythons: tuple[str, ...]
    libraries: tuple[Library, ...]
    names: dict[str, str]

    def conda_name(self, package: str) -> str:
        """Return conda-forge's name of a Python package."""
        name = normalised(package)
        return self.names.get(name, name)


def read_inputs(path: Path = HERE / "inputs.yml") -> Inputs:
    """Read `inputs.yml`."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    libraries = tuple(
        Library(
            name,
            tuple(tuple(part.strip() for part in package.split("|")) for package in values["debian"]),
            values["license"],
        )
        for name, values in content["libraries"].items()
    )
    return Inputs(tuple(content["pythons"]), libraries, dict(content["names"]))


def wheel_list(python: str, folder: Path = HERE) -> Path:
    """Return the file that pins the wheels of a version of Python, such as `3.10`."""
    return folder / f"wheels-py{python.replace('.', '')}.txt"


def supported_pythons(folder: Path = HERE) -> tuple[str, ...]:
    """Return the versions of Python that there are wheel lists for, oldest first."""
    found = (re.fullmatch(r"wheels-py3(\d+)", path.stem) for path in folder.glob("wheels-py3*.txt"))
    return tuple(f"3.{minor}" for minor in sorted(int(match[1]) for match in found if match))


@dataclass(frozen=True)
class PinnedWheel:
    """One line of a wheel list: a package, its version and the sha256 of the files it may have."""

    name: str
    version: str
    hashes: frozenset[str]


def read_wheel_list(path: Path) -> dict[str, PinnedWheel]:
    """Return the pinned packages of a wheel list by normalised name.

    Raises:
        FixtureChannelError: a package has no hash, so that anything could be installed in its name.
    """
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    wheels = {}
    for line in text.splitlines():
        match = _PINNED.match(line)
        if match is None:
            continue
        hashes = frozenset(found["sha256"] for found in _HASH.finditer(line))
        if not hashes:
            raise FixtureChannelError(
                f"{path}: {match['name']} has no hash. Compile the list: python -m tools.fixture_channel lock"
            )
        name = normalised(match["name"])
        wheels[name] = PinnedWheel(name, match["version"], hashes)
    return wheels
