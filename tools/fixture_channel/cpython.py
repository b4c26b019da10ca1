"""Makes a relocatable conda package of a CPython installation."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.fixture_channel.debian import BuiltLibrary, glibc, patchelf
from tools.fixture_channel.errors import FixtureChannelError
from tools.fixture_channel.interpreters import REQUIRED_MODULES, Interpreter
from tools.fixture_channel.package import PLACEHOLDER, Metadata, is_elf, write_package

# Of the standard library: tests, and what no headless workspace uses. Site packages are the machine's own, and may
# hold `.pth` files that run code.
_LEFT_OUT = {
    "__pycache__",
    "dist-packages",
    "ensurepip",
    "EXTERNALLY-MANAGED",
    "idlelib",
    "lib2to3",
    "site-packages",
    "test",
    "tkinter",
    "turtledemo",
}
_TEST_MODULES = ("_test", "_ctypes_test", "xxlimited", "_xxtestfuzz")

# Libraries that every Linux has, as part of the C library.
_GLIBC = re.compile(r"(ld-linux.*|lib(c|m|dl|pthread|rt|util|resolv))\.so\.\d+")

# Debian's Python looks for packages in `dist-packages` folders of its own; an environment's lie in `site-packages`. Its
# `site` module is compiled into the program, so it cannot be mended in place.
_SITECUSTOMIZE = """\
import site
import sys

site.addsitedir(f"{sys.prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages")
"""
_DEBIAN_SCHEME = "prefix_scheme = 'posix_local'"


def build(
    interpreter: Interpreter, libraries: Sequence[BuiltLibrary], platform: str, folder: Path, channel: Path
) -> list[dict[str, Any]]:
    """Make the packages `python` and `python_abi` of a CPython installation; return the channel's records of them.

    Raises:
        FixtureChannelError: the installation needs libraries that are not in the channel, or does not work when moved.
    """
    tree = folder / "tree"
    _copy(interpreter, tree)
    _relocate(interpreter, tree)
    used = _link(interpreter, tree, {file: library for library in libraries for file in library.files})
    _try(interpreter, tree)
    short, tag = interpreter.short, f"cp{interpreter.short.replace('.', '')}"
    versions = {library.library.name: library.version for library in libraries}
    depends = [f"__glibc >={glibc()}", "libgcc", "libstdcxx", f"python_abi {short}.* *_{tag}"]
    depends += [f"{name} >={versions[name]}" for name in sorted(used - {"libgcc", "libstdcxx"})]
    licence = tree / "lib" / f"python{short}" / "LICENSE.txt"
    python = write_package(
        tree,
        Metadata(
            "python",
            interpreter.version,
            "slate_0_cpython",
            platform,
            depends=depends,
            constrains=[f"python_abi {short}.* *_{tag}"],
            license="Python-2.0",
            summary=f"CPython {interpreter.version} as found on the machine that built this channel",
        ),
        channel,
        [licence] if licence.exists() else [],
    )
    abi = folder / "abi"
    abi.mkdir()
    python_abi = Metadata(
        "python_abi",
        short,
        f"0_{tag}",
        platform,
        constrains=[f"python {short}.*"],
        license="Python-2.0",
        summary="Says which CPython an environment's binary packages are made for",
    )
    return [python, write_package(abi, python_abi, channel)]


def _copy(interpreter: Interpreter, tree: Path) -> None:
    """Copy what belongs to this Python alone: its prefix may be `/usr`."""
    prefix, short = interpreter.prefix, interpreter.short
    library = f"lib/python{short}"

    def left_out(folder: str, names: list[str]) -> set[str]:
        top = Path(folder) == prefix / library
        return {
            name
            for name in names
            if name == "__pycache__"
            or name.endswith((".a", ".o", ".pyc"))
            or (top and name in _LEFT_OUT)
            or (folder.endswith("lib-dynload") and name.startswith(_TEST_MODULES))
            or _leads_out(Path(folder, name), prefix / library)
        }

    shutil.copytree(prefix / library, tree / library, symlinks=True, ignore=left_out)
    (tree / library / "site-packages").mkdir()
    (tree / library / "site-packages" / "README.txt").write_text("Packages of this environment.\n", encoding="utf-8")
    (tree / "bin").mkdir()
    shutil.copy2(interpreter.executable.resolve(), tree / "bin" / f"python{short}")
    for name in ("python", "python3"):
        (tree / "bin" / name).symlink_to(f"python{short}")
    for path in sorted((prefix / "lib").glob("libpython3*.so*")):
        if path.name == "libpython3.so" or path.name.startswith(f"libpython{short}.so"):
            shutil.copy2(path, tree / "lib" / path.name, follow_symlinks=False)
    headers = prefix / "include" / f"python{short}"
    if headers.is_dir():
        shutil.copytree(headers, tree / "include" / headers.name)
    for path in sorted((prefix / "lib/pkgconfig").glob(f"python-{short}*.pc")):
        (tree / "lib/pkgconfig").mkdir(exist_ok=True)
        shutil.copy2(path.resolve(), tree / "lib/pkgconfig" / path.name)


def _leads_out(path: Path, library: Path) -> bool:
    return path.is_symlink() and not path.resolve().is_relative_to(library.resolve())


def _relocate(interpreter: Interpreter, tree: Path) -> None:
    """Put the placeholder where text files name the prefix; make a compiled-in prefix lead nowhere."""
    library = tree / "lib" / f"python{interpreter.short}"
    if "dist-packages" in (library / "site.py").read_text(encoding="utf-8"):
        (library / "sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="utf-8")
        for path in (library / "sysconfig.py", library / "sysconfig" / "__init__.py"):
            if path.exists():
                text = path.read_text(encoding="utf-8")
                path.write_text(text.replace(_DEBIAN_SCHEME, "prefix_scheme = 'posix_prefix'"), encoding="utf-8")
    prefix = str(interpreter.prefix)
    if prefix in ("/usr", "/usr/local"):
        # Too short a name to tell the prefix from other uses; Python takes its paths from where it lies anyway.
        return
    # The last part may be shared with the version string, since linkers merge equal ends of strings: it must stay.
    parent = prefix.rpartition("/")[0].encode() + b"/"
    for path in tree.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if prefix.encode() not in content:
            continue
        if b"\0" in content:
            path.write_bytes(content.replace(parent, b"/" * len(parent)))
        else:
            path.write_bytes(content.replace(prefix.encode(), PLACEHOLDER.encode()))


def _link(interpreter: Interpreter, tree: Path, providers: Mapping[str, BuiltLibrary]) -> set[str]:
    """Make programs and modules find the environment's libraries; return the names of the packages that they need."""
    own = {path.name for path in (tree / "lib").iterdir()}
    used: set[str] = set()
    for path in sorted(tree.rglob("*")):
        if path.is_symlink() or not path.is_file() or not is_elf(path):
            continue
        needed = set(patchelf("--print-needed", str(path)).split()) - own
        unknown = {name for name in needed if name not in providers and not _GLIBC.fullmatch(name)}
        if unknown:
            module = path.name.partition(".")[0].lstrip("_")
            if "lib-dynload" not in path.parts or module in REQUIRED_MODULES:
                raise FixtureChannelError(
                    f"{interpreter.executable} needs {', '.join(sorted(unknown))}, which Debian's packages of this "
                    "release do not have. Name another CPython: SLATE_PYTHON_PREFIXES=/opt/python3.10."
                )
            # An extra such as dbm on a library of its own: the module is missing then, as on many installations.
            path.unlink()
            continue
        used |= {providers[name].library.name for name in needed if name in providers}
        # The old form (RPATH) on the program counts for all that it loads: wheels find the environment's libstdc++.
        path.chmod(0o755)
        patchelf("--force-rpath", "--set-rpath", f"$ORIGIN/{os.path.relpath(tree / 'lib', path.parent)}", str(path))
    return used


def _try(interpreter: Interpreter, tree: Path) -> None:
    """Run the copy where it lies now, so that a package that cannot be moved fails here and not in an image."""
    site = tree / "lib" / f"python{interpreter.short}" / "site-packages"
    check = (
        f"import sys, sysconfig, {', '.join(REQUIRED_MODULES)}\n"
        f"assert sys.prefix == {str(tree)!r}, sys.prefix\n"
        f"assert {str(site)!r} in sys.path, sys.path\n"
        f"assert sysconfig.get_path('purelib') == {str(site)!r}, sysconfig.get_path('purelib')\n"
    )
    command = [str(tree / "bin" / "python"), "-I", "-B", "-c", check]
    result = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise FixtureChannelError(
            f"{interpreter.executable} does not work when it is moved: {reason}\n"
            "Name another CPython: SLATE_PYTHON_PREFIXES=/opt/python3.10."
        )
