"""What a sync refuses, always with the current snapshot unchanged."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.errors import MirrorError, UpstreamError
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.support import (
    Upstream,
    WebServer,
    configure,
    names,
    sync,
    web_server,
)


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


def _first(upstream: Upstream, root: Path, folder: Path, unchanged: Callable[[], None]) -> None:
    sync(root, configure(folder, [upstream.source()], take={"specs": ["foo"]}))
    unchanged()


def _take(upstream: Upstream, root: Path, folder: Path, *specs: str, **more: Any) -> None:
    sync(root, configure(folder, [upstream.source()], take={"specs": list(specs)}, **more))


def test_a_file_with_a_wrong_hash(either: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    _first(either, root, tmp_path, unchanged)
    package = either.package("big", subdir="linux-64")
    content = bytearray(package.read_bytes())
    content[-1] ^= 1
    package.write_bytes(content)

    with pytest.raises(
        MirrorError, match=r"main/linux-64/big-1\.0-0\.conda: has sha256 .* its record says .*: damaged"
    ):
        _take(either, root, tmp_path, "big", "bar")

    assert not any((root / "incoming").iterdir())


def test_the_other_packages_are_kept_for_the_next_run(either: Upstream, root: Path, tmp_path: Path) -> None:
    package = either.package("big", subdir="linux-64")
    good = package.read_bytes()
    package.write_bytes(b"x" * len(good))
    with pytest.raises(MirrorError, match="damaged or replaced"):
        _take(either, root, tmp_path, "big", "bar")
    package.write_bytes(good)

    summary = sync(root, configure(tmp_path, [either.source()], take={"specs": ["big", "bar"]}))

    assert (summary.new, summary.reused) == (1, 2)


def test_a_truncated_file(either: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    _first(either, root, tmp_path, unchanged)
    package = either.package("big", subdir="linux-64")
    package.write_bytes(package.read_bytes()[:1000])

    with pytest.raises(MirrorError, match=r"has 1000 bytes, its record says .*: truncated"):
        _take(either, root, tmp_path, "big")


def test_a_missing_file(either: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    _first(either, root, tmp_path, unchanged)
    either.package("big", subdir="linux-64").unlink()

    with pytest.raises(MirrorError, match=r"big-1\.0-0\.conda is not there"):
        _take(either, root, tmp_path, "big")


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    upstream: Upstream, web: WebServer, root: Path, tmp_path: Path
) -> None:
    half = 1 << 20
    broken: list[str] = []

    def cut(handler: Any) -> bool:
        if not handler.path.endswith("big-1.0-0.conda") or broken:
            return False
        broken.append(handler.path)
        content = upstream.package("big", subdir="linux-64").read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:half])
        handler.close_connection = True
        return True

    web.before = cut
    _take(upstream, root, tmp_path, "big")

    assert names(root, "linux-64") == {"big-1.0-0.conda"}
    ranges = [request.headers.get("range") for request in web.seen if request.path.endswith("big-1.0-0.conda")]
    assert ranges == [None, f"bytes={half}-"]


def test_upstream_gone(upstream: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    with web_server(upstream.folder) as server:
        upstream.base = server.url
        configuration = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]})
        sync(root, configuration)
        unchanged()

    with pytest.raises(UpstreamError, match=f"cannot read .*{upstream.base}"):
        sync(root, configuration)


def test_upstream_folder_gone(upstream: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    _first(upstream, root, tmp_path, unchanged)
    upstream.folder.rename(tmp_path / "elsewhere")

    with pytest.raises(UpstreamError, match="cannot read the channels main"):
        _take(upstream, root, tmp_path, "foo", "bar")
