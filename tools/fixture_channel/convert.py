"""Turns a wheel into a conda package: whl2conda lays out the files, the channel's own rules say the rest."""

import configparser
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import parse_wheel_filename
from whl2conda.api.converter import CondaPackageFormat, Wheel2CondaConverter

from tools.fixture_channel.package import PLACEHOLDER, Metadata, write_package


@dataclass(frozen=True)
class Conversion:
    """One package to make of a wheel.

    Attributes:
        wheel: the file.
        name: the package's name on conda-forge.
        python: the version of Python that the package is for, or None if it fits several.
        depends: its dependencies without those on the version of Python that the wheel was compiled for.
        pure: whether the wheel has no compiled code.
        stable_abi: whether its compiled code fits later versions of Python, too.
    """

    wheel: Path
    name: str
    version: str
    python: str | None
    depends: tuple[str, ...]
    license: str
    summary: str
    pure: bool
    stable_abi: bool
    platform: str

    def metadata(self, entry_points: Iterable[str]) -> Metadata:
        """Return what the package says of itself."""
        depends = list(self.depends)
        build = "py_0"
        if self.python is not None:
            minor = int(self.python.partition(".")[2])
            build = f"py3{minor}_0"
            depends = [spec for spec in depends if spec.split()[0] != "python"]
            depends.append(f"python >={self.python},<3.{minor + 1}.0a0")
            if not self.pure and not self.stable_abi:
                depends.append(f"python_abi {self.python}.* *_cp3{minor}")
        if self.stable_abi:
            oldest = min(int(tag.interpreter.removeprefix("cp3")) for tag in parse_wheel_filename(self.wheel.name)[3])
            build = f"{build.partition('_')[0]}_abi3_0"
            depends.append(f"python >=3.{oldest}")
        shared = self.pure or self.stable_abi
        return Metadata(
            self.name,
            self.version,
            build,
            "noarch" if self.pure else self.platform,
            depends=sorted(depends),
            license=self.license,
            summary=self.summary,
            noarch="python" if shared else None,
            entry_points=sorted(entry_points) if shared else (),
        )


def convert(conversion: Conversion, channel: Path, scratch: Path) -> dict[str, Any]:
    """Make the package and return the channel's record of it. Runs in a process of its own."""
    # whl2conda keeps a table of names in the user's cache, which services and containers often have none of.
    os.environ["XDG_CACHE_HOME"] = str(scratch / f"cache-{os.getpid()}")
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        converter = Wheel2CondaConverter(conversion.wheel, Path(name))
        converter.logger = logging.getLogger("fixture_channel.whl2conda")
        converter.logger.setLevel(logging.ERROR)
        converter.out_format = CondaPackageFormat.TREE
        converter.allow_impure = True
        # The metadata that Python sees stays as the wheel's author wrote it.
        converter.keep_pip_dependencies = True
        tree = converter.convert()
        licences = _licences(tree / "info" / "licenses", Path(name))
        shutil.rmtree(tree / "info")
        entry_points = _entry_points(tree)
        metadata = conversion.metadata(entry_points)
        _scripts(tree, [] if metadata.noarch else entry_points)
        return write_package(tree, metadata, channel, licences)


def _licences(folder: Path, scratch: Path) -> list[Path]:
    flat = scratch / "licences"
    flat.mkdir()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        shutil.copyfile(path, flat / path.relative_to(folder).as_posix().replace("/", "-"))
    return sorted(flat.iterdir())


def _entry_points(tree: Path) -> list[str]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    for path in tree.rglob("*.dist-info/entry_points.txt"):
        parser.read(path, encoding="utf-8")
    sections = [name for name in ("console_scripts", "gui_scripts") if name in parser]
    return [
        f"{name}={target.partition('[')[0].strip()}" for section in sections for name, target in parser[section].items()
    ]


def _scripts(tree: Path, entry_points: Iterable[str]) -> None:
    """Write the programs of a package whose files have a fixed place; installers make those of others."""
    for folder in ("bin", "python-scripts"):
        for path in (tree / folder).glob("*"):
            path.chmod(0o755)
            content = path.read_bytes()
            if content.startswith(b"#!python"):
                first = f"#!{PLACEHOLDER}/bin/python".encode()
                path.write_bytes(first + content[len(content.partition(b"\n")[0]) :])
    for entry in entry_points:
        name, _, target = entry.partition("=")
        module, _, function = target.partition(":")
        path = tree / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"#!{PLACEHOLDER}/bin/python\nimport sys\n\nfrom {module} import {function.partition('.')[0]}\n\n"
            f'if __name__ == "__main__":\n    sys.exit({function}())\n',
            encoding="utf-8",
        )
        path.chmod(0o755)
