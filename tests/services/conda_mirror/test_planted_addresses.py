"""Addresses in an index that would lead clients, or us, elsewhere."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror import rattler
from services.conda_mirror.check import verify
from services.conda_mirror.errors import MirrorError
from tests.services.conda_mirror.steps import take_specs
from tests.services.conda_mirror.support import (
    Upstream,
    WebServer,
    configure,
    names,
    read_index,
    sync,
    web_server,
    write_forms,
)


def test_a_planted_base_url_is_neither_followed_nor_passed_on(either: Upstream, root: Path, tmp_path: Path) -> None:
    with web_server(tmp_path) as evil:
        either.change(lambda index: index["info"].update(base_url=f"{evil.url}/noarch/"))

        take_specs(either, root, tmp_path, "foo")

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
        take_specs(either, root, tmp_path, "foo")


def test_a_base_url_within_the_channel_is_followed(either: Upstream, root: Path, tmp_path: Path) -> None:
    either.change(lambda index: index["info"].update(base_url="../packages/noarch"))
    (either.folder / "main/packages/noarch").mkdir(parents=True)
    for version in ("1.0", "1.1"):
        package = either.package("foo", version)
        package.rename(either.folder / "main/packages/noarch" / package.name)

    take_specs(either, root, tmp_path, "foo")

    assert names(root) == {"foo-1.0-0.conda", "foo-1.1-0.conda"}
    assert "base_url" not in read_index(root)["info"]


def test_planted_absolute_addresses_of_records_are_not_passed_on(either: Upstream, root: Path, tmp_path: Path) -> None:
    with web_server(tmp_path) as evil:

        def plant(index: dict[str, Any]) -> None:
            for name, record in index["packages.conda"].items():
                record["url"] = f"{evil.url}/{name}"

        either.change(plant)
        take_specs(either, root, tmp_path, "foo")

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

    take_specs(upstream, root, tmp_path, "foo")

    assert read_index(root)["info"] == {"subdir": "noarch"}


def _everything(root: Path) -> bytes:
    """All text that the current snapshot could tell a client, uncompressed."""
    from services.conda_mirror.upstream import decompress

    parts = []
    for path in (root / "latest").rglob("*"):
        if path.is_file() and path.suffix in (".json", ".zst"):
            content = path.read_bytes()
            parts.append(decompress(content, str(path)) if path.suffix == ".zst" else content)
    return b"\n".join(parts)
