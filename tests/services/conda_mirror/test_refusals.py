"""What a sync refuses, always with the current snapshot unchanged."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.check import verify
from services.conda_mirror.errors import MirrorError, UpstreamError
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.support import (
    CANONICAL,
    Upstream,
    WebServer,
    configure,
    names,
    read_index,
    run,
    sync,
    web_server,
    write_forms,
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


def test_a_damaged_index(upstream: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    _first(upstream, root, tmp_path, unchanged)
    (upstream.folder / "main/noarch/repodata.json").write_text('{"info": {}, "packages.conda": {"x')

    with pytest.raises(UpstreamError):
        _take(upstream, root, tmp_path, "foo", "bar")


def test_a_planted_base_url_is_neither_followed_nor_passed_on(either: Upstream, root: Path, tmp_path: Path) -> None:
    with web_server(tmp_path) as evil:
        either.change(lambda index: index["info"].update(base_url=f"{evil.url}/noarch/"))

        _take(either, root, tmp_path, "foo")

        assert evil.seen == []
    assert read_index(root)["info"] == {"subdir": "noarch"}
    assert evil.url.encode() not in _everything(root)
    assert verify(root)[1] == []


def test_a_planted_base_url_is_named_where_the_channel_itself_has_no_file(
    either: Upstream, root: Path, tmp_path: Path
) -> None:
    either.change(lambda index: index["info"].update(base_url="https://evil.example/noarch"))
    either.package("foo", "1.1").unlink()

    with pytest.raises(MirrorError, match=r"the index sends clients to https://evil\.example/noarch, .* not followed"):
        _take(either, root, tmp_path, "foo")


def test_a_base_url_within_the_channel_is_followed(either: Upstream, root: Path, tmp_path: Path) -> None:
    either.change(lambda index: index["info"].update(base_url="../packages/noarch"))
    (either.folder / "main/packages/noarch").mkdir(parents=True)
    for version in ("1.0", "1.1"):
        package = either.package("foo", version)
        package.rename(either.folder / "main/packages/noarch" / package.name)

    _take(either, root, tmp_path, "foo")

    assert names(root) == {"foo-1.0-0.conda", "foo-1.1-0.conda"}
    assert "base_url" not in read_index(root)["info"]


def test_planted_absolute_addresses_of_records_are_not_passed_on(either: Upstream, root: Path, tmp_path: Path) -> None:
    with web_server(tmp_path) as evil:

        def plant(index: dict[str, Any]) -> None:
            for name, record in index["packages.conda"].items():
                record["url"] = f"{evil.url}/{name}"

        either.change(plant)
        _take(either, root, tmp_path, "foo")

        assert evil.seen == []
    assert evil.url.encode() not in _everything(root)


def test_planted_shards_elsewhere_are_not_followed(
    upstream: Upstream, web: WebServer, root: Path, tmp_path: Path
) -> None:
    channel = upstream.source()
    records = asyncio.run(rattler.solve([channel], ["foo"], "linux-64", cache=tmp_path / "cache"))
    rattler.write_lock(tmp_path / "one.lock", {"default": {"linux-64": records}}, [channel])
    with web_server(tmp_path) as evil:
        write_forms(upstream.folder / "main/noarch", upstream.index(), {"shards_base_url": f"{evil.url}/shards/"})

        sync(root, configure(tmp_path, [channel], take={"locks": ["one.lock"]}))

        assert evil.seen == []
    assert evil.url.encode() not in _everything(root)
    assert names(root) == {"foo-1.1-0.conda"}
    assert web.paths("noarch/repodata.json.zst")


def test_other_channels_and_programs_named_by_an_index_are_not_passed_on(
    upstream: Upstream, root: Path, tmp_path: Path
) -> None:
    upstream.change(
        lambda index: index["info"].update(channel_relations={"base": "../side"}, virtual_package_detectors={"__x": []})
    )

    _take(upstream, root, tmp_path, "foo")

    assert read_index(root)["info"] == {"subdir": "noarch"}


def test_a_lock_of_a_channel_that_is_not_on_the_list(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    side = upstream.source("side")
    records = asyncio.run(rattler.solve([side], ["extra"], "linux-64", cache=tmp_path / "cache"))
    rattler.write_lock(tmp_path / "one.lock", {"default": {"linux-64": records}}, [side])

    with pytest.raises(
        MirrorError, match=rf"extra=1\.0=0: {CANONICAL}/side/noarch/extra-1\.0-0\.conda is on no channel of the list"
    ):
        sync(root, configure(tmp_path, [upstream.source()], take={"locks": ["one.lock"]}))


def test_a_lock_whose_hash_is_not_the_channels(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    channel = upstream.source()
    records = asyncio.run(rattler.solve([channel], ["foo"], "linux-64", cache=tmp_path / "cache"))
    rattler.write_lock(tmp_path / "one.lock", {"default": {"linux-64": records}}, [channel])
    lock = (tmp_path / "one.lock").read_text()
    (tmp_path / "one.lock").write_text(lock.replace(records[0].sha256 or "", "0" * 64))

    with pytest.raises(
        MirrorError, match=f"(?s)sha256 {'0' * 64} was asked for, the channel has {records[0].sha256}.*make them anew"
    ):
        sync(root, configure(tmp_path, [channel], take={"locks": ["one.lock"]}))


def test_a_record_without_a_sha256(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    upstream.change(lambda index: index["packages.conda"]["foo-1.1-0.conda"].pop("sha256"))

    with pytest.raises(MirrorError, match=r"foo=1\.1=0: upstream gives no sha256"):
        _take(upstream, root, tmp_path, "foo")


@pytest.mark.parametrize("spec", ["other::foo", "https://evil.example/foo-1.0-0.conda", "foo[channel=other]"])
def test_a_spec_with_a_channel_of_its_own(spec: str, upstream: Upstream, root: Path, tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match=r"`take\.specs`: "):
        _take(upstream, root, tmp_path, spec)


def test_an_environment_file_with_a_foreign_channel(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("channels: [defaults, evil]\ndependencies: [other::foo]\n")
    path = configure(tmp_path, [upstream.source()], take={"environments": ["environment.yml"]}).path

    done = run("sync", "--config", path, "--root", root)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert all(part in done.stderr for part in ("3 problem(s)", "`defaults`", "`evil`", "`other::foo`"))
    assert not (root / "latest").exists()


def test_a_channel_that_is_none(root: Path, tmp_path: Path) -> None:
    nowhere = ChannelSource("main", f"{CANONICAL}/main", tmp_path.as_uri() + "/nothing")

    with pytest.raises(UpstreamError, match="cannot read the channels main"):
        sync(root, configure(tmp_path, [nowhere], take={"specs": ["foo"]}))


def _everything(root: Path) -> bytes:
    """All text that the current snapshot could tell a client, uncompressed."""
    from services.conda_mirror.upstream import decompress

    parts = []
    for path in (root / "latest").rglob("*"):
        if path.is_file() and path.suffix in (".json", ".zst"):
            content = path.read_bytes()
            parts.append(decompress(content, str(path)) if path.suffix == ".zst" else content)
    return b"\n".join(parts)
