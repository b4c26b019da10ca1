"""Locks, specs, environment files and indexes that are refused."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.errors import MirrorError, UpstreamError
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.steps import first_sync, take_specs
from tests.services.conda_mirror.support import (
    CANONICAL,
    Upstream,
    WebServer,
    configure,
    run,
    sync,
)


def test_a_damaged_index(upstream: Upstream, root: Path, tmp_path: Path, unchanged: Callable[[], None]) -> None:
    first_sync(upstream, root, tmp_path, unchanged)
    (upstream.folder / "main/noarch/repodata.json").write_text('{"info": {}, "packages.conda": {"x')

    with pytest.raises(UpstreamError):
        take_specs(upstream, root, tmp_path, "foo", "bar")


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


@pytest.mark.parametrize("subdir", ["osx-64", "../../elsewhere", "linux-64"])
def test_a_record_that_says_it_is_in_another_folder(subdir: str, either: Upstream, root: Path, tmp_path: Path) -> None:
    def move(index: dict[str, Any]) -> None:
        for record in index["packages.conda"].values():
            record["subdir"] = subdir

    either.change(move)

    with pytest.raises(MirrorError, match=r"is not where a package|no longer in the index|cannot read"):
        take_specs(either, root, tmp_path, "foo")
    assert Snapshots(root).identifiers() == []


@pytest.mark.parametrize("change", [{"name": None}, {"size": "large"}, {"name": 3}])
def test_a_record_that_is_none(change: dict[str, Any], either: Upstream, root: Path, tmp_path: Path) -> None:
    sha256 = either.index()["packages.conda"]["foo-1.1-0.conda"]["sha256"]
    (tmp_path / "one.txt").write_text(f"{CANONICAL}/main/noarch/foo-1.1-0.conda#sha256:{sha256}")

    def damage(index: dict[str, Any]) -> None:
        index["packages.conda"]["foo-1.1-0.conda"].update(change)

    either.change(damage)
    if either.base.startswith("http"):  # shards are found by the name that the index gives them
        folder = either.folder / "main/noarch"
        (folder / "repodata_shards.msgpack.zst").unlink()

    with pytest.raises(UpstreamError, match=r"is damaged: record of 'foo-1\.1-0\.conda'"):
        sync(root, configure(tmp_path, [either.source()], take={"locks": ["one.txt"]}))


def test_a_damaged_shard(upstream: Upstream, web: WebServer, root: Path, tmp_path: Path) -> None:
    sha256 = upstream.index()["packages.conda"]["foo-1.1-0.conda"]["sha256"]
    (tmp_path / "one.txt").write_text(f"{CANONICAL}/main/noarch/foo-1.1-0.conda#sha256:{sha256}")
    for shard in (upstream.folder / "main/noarch/shards").iterdir():
        shard.write_bytes(shard.read_bytes()[:20])

    with pytest.raises(UpstreamError, match="is damaged"):
        sync(root, configure(tmp_path, [upstream.source()], take={"locks": ["one.txt"]}))
    assert web.paths(".msgpack.zst")


def test_a_record_without_a_sha256(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    upstream.change(lambda index: index["packages.conda"]["foo-1.1-0.conda"].pop("sha256"))

    with pytest.raises(MirrorError, match=r"foo=1\.1=0: upstream gives no sha256"):
        take_specs(upstream, root, tmp_path, "foo")


@pytest.mark.parametrize("spec", ["other::foo", "https://evil.example/foo-1.0-0.conda", "foo[channel=other]"])
def test_a_spec_with_a_channel_of_its_own(spec: str, upstream: Upstream, root: Path, tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match=r"`take\.specs`: "):
        take_specs(upstream, root, tmp_path, spec)


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
