"""Fixtures: small upstream channels, by file and by web."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
