import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.errors import LockFileError, SolveError, UpstreamError
from services.conda_mirror.records import Record
from services.conda_mirror.virtual import virtual_packages
from tests.services.conda_mirror.support import CANONICAL, Upstream


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def _solve(upstream: Upstream, specs: Sequence[str], cache: Path, *channels: str, **more: Any) -> list[Record]:
    sources = [upstream.source(name) for name in channels or ("main",)]
    return asyncio.run(rattler.solve(sources, specs, more.pop("platform", "linux-64"), cache=cache, **more))


@pytest.mark.parametrize("form", ["file", "http"])
def test_records_have_canonical_urls_wherever_they_are_read(
    form: str, upstream: Upstream, cache: Path, request: pytest.FixtureRequest
) -> None:
    if form == "http":
        request.getfixturevalue("web")

    foo, bar = _solve(upstream, ["bar"], cache)

    assert (foo.name, bar.name) == ("foo", "bar")
    assert bar.url == f"{CANONICAL}/main/linux-64/bar-1.0-0.conda"
    assert bar.channel == f"{CANONICAL}/main"
    index = upstream.index("linux-64")["packages.conda"]["bar-1.0-0.conda"]
    assert (bar.sha256, bar.md5, bar.size, bar.licence) == (
        index["sha256"],
        index["md5"],
        index["size"],
        "BSD-3-Clause",
    )
    assert (bar.version, bar.build, bar.build_number, bar.subdir, bar.noarch) == ("1.0", "0", 0, "linux-64", None)
    assert (bar.depends, bar.timestamp, bar.label) == (("foo >=1",), 1_700_000_000_000, "bar=1.0=0")
    assert foo.noarch == "generic"


def test_a_platform_that_is_not_this_machines(upstream: Upstream, cache: Path) -> None:
    records = _solve(upstream, ["bar"], cache, platform="linux-aarch64")

    assert {record.subdir for record in records} == {"noarch", "linux-aarch64"}


def test_dependencies_come_first(upstream: Upstream, cache: Path) -> None:
    records = _solve(upstream, ["bar", "big"], cache)

    labels = [record.name for record in records]
    assert labels.index("foo") < labels.index("bar")
    assert rattler.install_order(list(reversed(records))) == records


def test_the_order_of_channels_is_strict(upstream: Upstream, cache: Path) -> None:
    assert [r.version for r in _solve(upstream, ["foo"], cache, "main", "side")] == ["1.1"]
    assert [r.version for r in _solve(upstream, ["foo"], cache, "side", "main")] == ["2.0"]
    with pytest.raises(SolveError, match="foo"):
        _solve(upstream, ["wants-new-foo"], cache, "main", "side")


def test_pinned_packages_stay(upstream: Upstream, cache: Path) -> None:
    pinned = _solve(upstream, ["foo <1.1"], cache)

    assert _solve(upstream, ["bar"], cache, pinned=pinned)[0].version == "1.0"
    with pytest.raises(SolveError, match=r"foo 1\.0 is locked"):
        _solve(upstream, ["bar", "foo >=1.1"], cache, pinned=pinned)


def test_constraints_hold_without_choosing_anything(upstream: Upstream, cache: Path) -> None:
    records = _solve(upstream, ["bar"], cache, constraints=["foo <1.1", "big <0"])

    assert [record.label for record in records] == ["foo=1.0=0", "bar=1.0=0"]


def test_virtual_packages_are_given(upstream: Upstream, cache: Path) -> None:
    with pytest.raises(SolveError, match="__cuda"):
        _solve(upstream, ["cuda-thing"], cache)

    virtual = virtual_packages("linux-64", cuda="12.4")
    assert [r.name for r in _solve(upstream, ["cuda-thing"], cache, virtual=virtual)] == ["cuda-thing"]
    assert virtual == ["__unix=0=0", "__linux=6.1=0", "__glibc=2.36=0", "__archspec=1=x86_64", "__cuda=12.4=0"]


@pytest.mark.parametrize("limit", [datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=365)])
def test_young_packages_can_be_left_out(limit: datetime | timedelta, upstream: Upstream, cache: Path) -> None:
    upstream.change(lambda index: index["packages.conda"]["foo-1.1-0.conda"].update(timestamp=4_000_000_000_000))

    assert _solve(upstream, ["foo"], cache)[0].version == "1.1"
    assert _solve(upstream, ["foo"], cache, exclude_newer=limit)[0].version == "1.0"


def test_packages_without_a_build_time_count_as_young(upstream: Upstream, cache: Path) -> None:
    upstream.change(lambda index: index["packages.conda"]["foo-1.0-0.conda"].pop("timestamp"))

    with pytest.raises(SolveError):
        _solve(upstream, ["foo <1.1"], cache, exclude_newer=datetime(2024, 1, 1, tzinfo=UTC))


def test_a_filter_of_ones_own(upstream: Upstream, cache: Path) -> None:
    assert _solve(upstream, ["foo"], cache, admit=lambda record: record.version != "1.1")[0].version == "1.0"


def test_a_conflict_has_the_solvers_reason(upstream: Upstream, cache: Path) -> None:
    with pytest.raises(SolveError, match=r"foo >=3"):
        _solve(upstream, ["foo >=3"], cache)


def test_a_channel_that_cannot_be_read(cache: Path, tmp_path: Path) -> None:
    channel = ChannelSource("gone", f"{CANONICAL}/gone", (tmp_path / "gone").as_uri())

    with pytest.raises(UpstreamError, match=r"cannot read the channels gone \(file://.*/gone\)"):
        asyncio.run(rattler.solve([channel], ["foo"], "linux-64", cache=cache))


def test_a_lock_file_says_what_was_solved(upstream: Upstream, cache: Path, tmp_path: Path) -> None:
    path, channel = tmp_path / "locks" / "one.lock", upstream.source()
    solved = {
        platform: _solve(upstream, ["bar"], cache, platform=platform) for platform in ("linux-64", "linux-aarch64")
    }
    virtual = {platform: virtual_packages(platform) for platform in solved}

    rattler.write_lock(path, {"default": solved}, [channel], virtual=virtual)
    lock = rattler.read_lock(path)

    assert {platform: list(lock.records(platform)) for platform in solved} == solved
    assert lock.channels == {"default": (f"{CANONICAL}/main",)}
    assert lock.virtual == {platform: tuple(packages) for platform, packages in virtual.items()}
    assert lock.records("linux-64", "other") == ()
    assert upstream.base not in path.read_text()
    first = path.read_bytes()
    rattler.write_lock(path, {"default": {p: list(reversed(r)) for p, r in solved.items()}}, [channel], virtual=virtual)
    assert path.read_bytes() == first


@pytest.mark.parametrize("content", [None, "", "version: 99\n", "{{", "version: 7\nenvironments: 3\n"])
def test_what_is_no_lock_file(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    if content is not None:
        path.write_text(content)

    with pytest.raises(LockFileError, match=r"one\.lock: "):
        rattler.read_lock(path)


@pytest.mark.parametrize("form", ["file", "http"])
def test_installs_with_bytes_from_elsewhere(
    form: str, upstream: Upstream, cache: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if form == "http":
        request.getfixturevalue("web")
    records = _solve(upstream, ["bar"], cache)
    mirrors = {f"{CANONICAL}/main": f"{upstream.base}/main"}

    asyncio.run(rattler.install(records, tmp_path / "env", mirrors=mirrors, cache=tmp_path / "packages"))
    assert (tmp_path / "env/share/bar").read_text() == "bar 1.0\n"


@pytest.mark.usefixtures("web")
def test_does_not_install_what_was_changed(upstream: Upstream, cache: Path, tmp_path: Path) -> None:
    records = _solve(upstream, ["bar"], cache)
    package = upstream.package("foo", "1.1")
    package.write_bytes(package.read_bytes()[:-1] + b"x")
    mirrors = {f"{CANONICAL}/main": f"{upstream.base}/main"}
    with pytest.raises(UpstreamError, match="cannot install"):
        asyncio.run(rattler.install(records, tmp_path / "env", mirrors=mirrors, cache=tmp_path / "packages"))
