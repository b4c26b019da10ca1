"""What a sync refuses, always with the current snapshot unchanged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.errors import MirrorError, UpstreamError
from tests.services.conda_mirror.steps import first_sync, take_specs
from tests.services.conda_mirror.support import (
    Upstream,
    WebServer,
    configure,
    names,
    sync,
    web_server,
)


def test_a_file_with_a_wrong_hash(either: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    first_sync(either, root, tmp_path, unchanged)
    package = either.package("big", subdir="linux-64")
    content = bytearray(package.read_bytes())
    content[-1] ^= 1
    package.write_bytes(content)

    with pytest.raises(
        MirrorError, match=r"main/linux-64/big-1\.0-0\.conda: has sha256 .* its record says .*: damaged"
    ):
        take_specs(either, root, tmp_path, "big", "bar")

    assert not any((root / "incoming").iterdir())


def test_the_other_packages_are_kept_for_the_next_run(either: Upstream, root: Path, tmp_path: Path) -> None:
    package = either.package("big", subdir="linux-64")
    good = package.read_bytes()
    package.write_bytes(b"x" * len(good))
    with pytest.raises(MirrorError, match="damaged or replaced"):
        take_specs(either, root, tmp_path, "big", "bar")
    package.write_bytes(good)

    summary = sync(root, configure(tmp_path, [either.source()], take={"specs": ["big", "bar"]}))

    assert (summary.new, summary.reused) == (1, 2)


def test_a_truncated_file(either: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    first_sync(either, root, tmp_path, unchanged)
    package = either.package("big", subdir="linux-64")
    package.write_bytes(package.read_bytes()[:1000])

    with pytest.raises(MirrorError, match=r"has 1000 bytes, its record says .*: truncated"):
        take_specs(either, root, tmp_path, "big")


def test_a_missing_file(either: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    first_sync(either, root, tmp_path, unchanged)
    either.package("big", subdir="linux-64").unlink()

    with pytest.raises(MirrorError, match=r"big-1\.0-0\.conda is not there"):
        take_specs(either, root, tmp_path, "big")


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
    take_specs(upstream, root, tmp_path, "big")

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
    first_sync(upstream, root, tmp_path, unchanged)
    upstream.folder.rename(tmp_path / "elsewhere")

    with pytest.raises(UpstreamError, match="cannot read the channels main"):
        take_specs(upstream, root, tmp_path, "foo", "bar")
