import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.cluster.support import Kube, eventually
from tools import paths
from tools.cluster import Cluster


@pytest.fixture(scope="session")
def binaries() -> Path:
    return Path(os.environ.get("SLATE_BINARIES") or paths.BIN)


@pytest.fixture(scope="session")
def until():
    return eventually


@pytest.fixture(scope="session")
def connect():
    return Kube


@pytest.fixture(scope="session")
def processes_of():
    def find(directory: Path) -> dict[int, str]:
        """The processes that have the directory in their command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    command = (entry / "cmdline").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if str(directory) in command:
                    found[int(entry.name)] = command
        return found

    return find


@pytest.fixture(scope="module")
def shared(tmp_path_factory, binaries) -> Iterator[tuple[Cluster, Path]]:
    """One running cluster for all tests of a module."""
    directory = tmp_path_factory.mktemp("shared") / "cluster"
    cluster = Cluster(directory, binaries)
    cluster.up(report=lambda _: None)
    try:
        yield cluster, directory
    finally:
        cluster.down()


@pytest.fixture
def own(tmp_path, binaries) -> Iterator[tuple[Cluster, Path]]:
    """A cluster of a test's own, not started, and ended after the test."""
    directory = tmp_path / "cluster"
    cluster = Cluster(directory, binaries)
    try:
        yield cluster, directory
    finally:
        cluster.down()
