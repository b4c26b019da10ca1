import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import binaries as toolchain
from tools.local import Local


@pytest.fixture(scope="session")
def binaries() -> Path:
    return toolchain()


@pytest.fixture
def own(tmp_path: Path, binaries: Path) -> Iterator[Local]:
    """Local services of a test's own, not started, and ended after the test."""
    local = Local(tmp_path / "local", binaries)
    try:
        yield local
    finally:
        local.down()


def processes_of(directory: Path) -> dict[int, str]:
    """The processes that have the directory in their command line."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(directory) in command and int(entry.name) != os.getpid():
            found[int(entry.name)] = command
    return found


def mounts_below(directory: Path) -> list[str]:
    """The mounts below a directory that this process sees."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if str(directory) in line]


def groups_named(name: str) -> list[Path]:
    """The control groups of a name."""
    mount = Path("/sys/fs/cgroup")
    return [path for path in (mount / name, *mount.glob(f"*/{name}")) if path.exists()]
