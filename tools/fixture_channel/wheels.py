"""Gets the pinned wheels and says which conda packages to make of them."""

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from tools.bootstrap.processes import Children
from tools.fixture_channel.convert import Conversion
from tools.fixture_channel.debian import glibc
from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.inputs import Inputs, PinnedWheel, normalised, read_wheel_list
from tools.fixture_channel.requirements import Wheel, depends, licence, read_wheel


def download(
    list_file: Path, python: str, machine: str, folder: Path, *, children: Children, log: Path
) -> dict[str, Path]:
    """Download the wheels of a list for a version of Python, unless they are there already.

    Args:
        list_file: pins the wheels.
        python: such as `3.10`.
        machine: such as `x86_64`.
        folder: where the wheels go.
        children: ends pip when the build is stopped.
        log: gets what pip says.

    Returns:
        By normalised name.

    Raises:
        FixtureChannelError: the package index does not have them or does not answer.
    """
    pinned = read_wheel_list(list_file)
    folder.mkdir(parents=True, exist_ok=True)
    present = _present(pinned, folder)
    if len(present) < len(pinned):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
        command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--implementation", "cp"]
        command += ["--python-version", python, *_platforms(machine), "--dest", str(folder)]
        command += ["--requirement", str(list_file)]
        errors: list[str] = []

        def noted(line: str) -> None:
            if line.startswith("ERROR"):
                errors.append(line)

        code = children.run(command, log=log, directory=folder, environ=os.environ, on_line=noted)
        present = _present(pinned, folder)
        missing = sorted(set(pinned) - set(present))
        if code != 0 or missing:
            lines = errors or [f"not found: {', '.join(missing)}"]
            raise FixtureChannelError(
                f"The wheels in {list_file} cannot be downloaded:\n  " + "\n  ".join(lines[:4]) + "\n"
                "Check that pip gets packages here (`pip download pip`), and pip's own settings."
            )
    return present


def _platforms(machine: str) -> list[str]:
    # Wheels of all C libraries up to the machine's, since pip does not work that out for a given platform.
    minor = int(glibc().partition(".")[2] or 17)
    names = [f"manylinux_2_{number}" for number in range(minor, 4, -1)]
    names += ["manylinux2014", "manylinux2010", "manylinux1"]
    return [part for name in names for part in ("--platform", f"{name}_{machine}")]


def _present(pinned: Mapping[str, PinnedWheel], folder: Path) -> dict[str, Path]:
    """Return the wheels that are there whole, by name; others are none of ours."""
    found = {}
    for path in sorted(folder.glob("*.whl")):
        try:
            name = normalised(parse_wheel_filename(path.name)[0])
        except InvalidWheelFilename:
            continue
        wheel = pinned.get(name)
        if wheel is not None and hashlib.sha256(path.read_bytes()).hexdigest() in wheel.hashes:
            found[name] = path
    return found


def plan(downloaded: Mapping[str, Mapping[str, Path]], machine: str, platform: str, inputs: Inputs) -> list[Conversion]:
    """Return the packages to make, the largest first.

    A wheel without compiled code for several Pythons becomes one package if its dependencies are the same for all,
    else one for each Python: conda packages know no environment markers.

    Args:
        downloaded: by version of Python, the wheels by normalised name.
        machine: such as `x86_64`.
        platform: conda's name of it.
        inputs: conda-forge's names of packages.
    """
    wheels = {python: {name: read_wheel(path) for name, path in files.items()} for python, files in downloaded.items()}
    users: dict[str, list[str]] = defaultdict(list)
    files: dict[str, Wheel] = {}
    for python, group in wheels.items():
        for wheel in group.values():
            users[wheel.path.name].append(python)
            files[wheel.path.name] = wheel
    conversions = []
    for file_name, pythons in users.items():
        wheel = files[file_name]
        needs = {python: depends(wheel, python, machine, wheels[python], inputs.conda_name) for python in pythons}
        shared = (wheel.pure or wheel.stable_abi) and len(set(needs.values())) == 1
        for python in pythons[:1] if shared else pythons:
            conversions.append(
                Conversion(
                    wheel.path,
                    inputs.conda_name(wheel.name),
                    wheel.version,
                    None if shared else python,
                    needs[python],
                    licence(wheel),
                    wheel.metadata["Summary"] or "",
                    wheel.pure,
                    wheel.stable_abi,
                    platform,
                )
            )
    # The largest first, so that no process is left with one of them at the end.
    return sorted(conversions, key=lambda conversion: -conversion.wheel.stat().st_size)
