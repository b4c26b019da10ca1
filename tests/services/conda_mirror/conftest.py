"""Fixtures: small upstream channels, by file and by web."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.support import Upstream, WebServer, configure, sync, web_server
from tools.paths import ROOT

MAKER = Path(__file__).with_name("make_channels.py")


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The channels `main` and `side`, made once."""
    folder = tmp_path_factory.mktemp("channels")
    subprocess.run([sys.executable, MAKER, folder], check=True, cwd=ROOT, capture_output=True)
    return folder


@pytest.fixture
def upstream(channels: Path, tmp_path: Path) -> Upstream:
    """Channels of a test's own, as files."""
    folder = tmp_path / "upstream"
    for name in ("main", "side"):
        shutil.copytree(channels / name, folder / name)
    return Upstream(folder, folder.as_uri())


@pytest.fixture
def web(upstream: Upstream) -> Iterator[WebServer]:
    """The same channels over HTTP; `upstream` then reads from there."""
    with web_server(upstream.folder) as server:
        upstream.base = server.url
        yield server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A mirror's folder that is not there yet."""
    return tmp_path / "mirror"


@pytest.fixture
def mirror(upstream: Upstream, root: Path, tmp_path: Path) -> Path:
    """A mirror with one snapshot: foo, bar and big."""
    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["bar", "foo", "big"]}))
    return root


@pytest.fixture(params=["file", "http"])
def either(request: pytest.FixtureRequest, upstream: Upstream) -> Upstream:
    """Upstream by file and by web."""
    if request.param == "http":
        request.getfixturevalue("web")
    return upstream


@pytest.fixture
def unchanged(root: Path) -> Iterator[Callable[[], None]]:
    """Checks that the mirror still serves the snapshot that it had when this was first called."""
    before: list[Any] = []

    def check() -> None:
        snapshots = Snapshots(root)
        state = (
            snapshots.latest(),
            snapshots.identifiers(),
            sorted(str(path) for path in (root / "latest").rglob("*")),
        )
        before.append(state)
        assert state == before[0]
        assert state[0] is None or verify(root)[1] == []

    yield check
    check()
