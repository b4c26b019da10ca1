from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.fixture_channel import FixtureChannelError, cpython
from tools.fixture_channel.debian import BuiltLibrary
from tools.fixture_channel.inputs import Library
from tools.fixture_channel.interpreters import Interpreter
from tools.fixture_channel.package import PLACEHOLDER


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def interpreter(tmp_path: Path) -> Interpreter:
    """An installation with what a real one has, and what is not to be taken along."""
    prefix = tmp_path / "versions" / "3.10.13"
    library = prefix / "lib" / "python3.10"
    write(prefix / "bin/python3.10", b"\x7fELF\0" + f"{prefix}\0".encode())
    write(prefix / "bin/other-program", "#!/bin/sh\n")
    write(library / "os.py", "")
    write(library / "site.py", "")
    write(library / "_sysconfigdata.py", f"prefix = '{prefix}'\n")
    write(library / "site-packages/machine.pth", "import evil")
    write(library / "test/test_os.py", "")
    write(library / "__pycache__/os.cpython-310.pyc", "")
    write(library / "lib-dynload/_testcapi.so", "")
    write(prefix / "include/python3.10/Python.h", "")
    (library / "sitecustomize.py").symlink_to("/etc/python3/sitecustomize.py")
    return Interpreter(prefix, "3.10.13", "x86_64")


def test_what_belongs_to_this_python_alone_is_copied(interpreter: Interpreter, tmp_path: Path) -> None:
    tree = tmp_path / "tree"

    cpython._copy(interpreter, tree)

    found = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_symlink() or path.is_file()}
    assert found == {
        "bin/python",
        "bin/python3",
        "bin/python3.10",
        "include/python3.10/Python.h",
        "lib/python3.10/_sysconfigdata.py",
        "lib/python3.10/os.py",
        "lib/python3.10/site.py",
        "lib/python3.10/site-packages/README.txt",
    }


def test_the_old_prefix_is_gone(interpreter: Interpreter, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    cpython._copy(interpreter, tree)

    cpython._relocate(interpreter, tree)

    assert (tree / "lib/python3.10/_sysconfigdata.py").read_text() == f"prefix = '{PLACEHOLDER}'\n"
    program = (tree / "bin/python3.10").read_bytes()
    assert str(interpreter.prefix.parent).encode() not in program
    # The linker may share these bytes with the version string; the length of a program must not change either.
    assert program.endswith(b"/3.10.13\0")
    assert len(program) == len((interpreter.prefix / "bin/python3.10").read_bytes())


def test_debian_s_python_looks_into_the_environment_s_packages(interpreter: Interpreter, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    library = interpreter.prefix / "lib/python3.10"
    write(library / "site.py", "dist-packages")
    write(library / "sysconfig.py", "        prefix_scheme = 'posix_local'\n")
    cpython._copy(interpreter, tree)

    cpython._relocate(interpreter, tree)

    assert "site-packages" in (tree / "lib/python3.10/sitecustomize.py").read_text()
    assert "posix_local" not in (tree / "lib/python3.10/sysconfig.py").read_text()


def library(name: str, *files: str) -> BuiltLibrary:
    return BuiltLibrary(Library(name, (), ""), "1.0", {}, frozenset(files), ())


@pytest.fixture
def needed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What `patchelf --print-needed` says for a file name."""
    answers: dict[str, str] = {}

    def patchelf(*arguments: str) -> str:
        return answers.get(Path(arguments[-1]).name, "") if arguments[0] == "--print-needed" else ""

    monkeypatch.setattr(cpython, "patchelf", patchelf)
    return answers


def modules(tree: Path, *names: str) -> Mapping[str, Path]:
    folder = tree / "lib/python3.10/lib-dynload"
    return {name: write(folder / f"{name}.cpython-310.so", b"\x7fELF\0") for name in names}


def test_the_packages_of_needed_libraries_are_dependencies(
    interpreter: Interpreter, needed: dict[str, str], tmp_path: Path
) -> None:
    modules(tmp_path, "_ssl", "zlib")
    needed.update({"_ssl.cpython-310.so": "libssl.so.3\nlibc.so.6\n", "zlib.cpython-310.so": "libz.so.1\nlibc.so.6\n"})
    built = [library("openssl", "libssl.so.3"), library("libzlib", "libz.so.1"), library("bzip2", "libbz2.so.1.0")]

    used = cpython._link(interpreter, tmp_path, {file: item for item in built for file in item.files})

    assert used == {"openssl", "libzlib"}


def test_an_extra_module_on_an_unknown_library_is_left_out(
    interpreter: Interpreter, needed: dict[str, str], tmp_path: Path
) -> None:
    paths = modules(tmp_path, "_gdbm", "_json")
    needed.update({"_gdbm.cpython-310.so": "libgdbm.so.6\n", "_json.cpython-310.so": "libc.so.6\n"})

    cpython._link(interpreter, tmp_path, {})

    assert {name for name, path in paths.items() if path.exists()} == {"_json"}


def test_a_needed_module_on_an_unknown_library_is_an_error(
    interpreter: Interpreter, needed: dict[str, str], tmp_path: Path
) -> None:
    modules(tmp_path, "_ssl")
    needed["_ssl.cpython-310.so"] = "libssl.so.1.1\n"

    with pytest.raises(FixtureChannelError, match=r"needs libssl\.so\.1\.1.*SLATE_PYTHON_PREFIXES"):
        cpython._link(interpreter, tmp_path, {})


def test_a_copy_that_does_not_work_is_an_error(interpreter: Interpreter, tmp_path: Path) -> None:
    program = write(tmp_path / "tree/bin/python", "#!/bin/sh\necho 'ImportError: no ssl' >&2\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(FixtureChannelError, match="does not work when it is moved: ImportError: no ssl"):
        cpython._try(interpreter, tmp_path / "tree")
