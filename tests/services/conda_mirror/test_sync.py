import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.errors import SolveError
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.steps import write_lock
from tests.services.conda_mirror.support import Upstream, WebServer, configure, names, read_index, sync

FOO, BAR = ("noarch", "foo-1.1-0.conda"), ("linux-64", "bar-1.0-0.conda")


def _hotfix(index: dict[str, Any]) -> None:
    """What upstreams do: amend records, add what later conda versions know, and name run_exports."""
    record = index["packages.conda"]["foo-1.1-0.conda"]
    record["constrains"] = ["bar >=1"]
    record["run_exports"] = {"weak": ["foo >=1.1,<2"]}
    record["field_of_the_future"] = {"nested": [1, None, "x"]}


@pytest.mark.parametrize("form", ["file", "shards", "zst", "json"])
def test_keeps_the_records_of_upstream_as_they_are(
    form: str, upstream: Upstream, root: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    upstream.change(_hotfix)
    if form != "file":
        request.getfixturevalue("web")
    for subdir in ("noarch", "linux-64", "linux-aarch64"):
        folder = upstream.folder / "main" / subdir
        if form in ("zst", "json"):
            (folder / "repodata_shards.msgpack.zst").unlink()
        if form == "json":
            (folder / "repodata.json.zst").unlink()

    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo", "bar"]}))

    taken = read_index(root)["packages.conda"]
    assert taken == {
        name: record for name, record in upstream.index()["packages.conda"].items() if record["name"] == "foo"
    }
    assert taken["foo-1.1-0.conda"]["field_of_the_future"] == {"nested": [1, None, "x"]}
    assert verify(root)[1] == []


def test_takes_what_lock_files_name(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    write_lock(tmp_path / "one.lock", upstream, ["bar", "foo <1.1"], root)

    summary = sync(root, configure(tmp_path, [upstream.source()], take={"locks": ["*.lock"]}))

    assert names(root) == {"foo-1.0-0.conda"}
    assert names(root, "linux-64") == {"bar-1.0-0.conda"}
    assert (summary.packages, summary.new) == (2, 2)


def test_solves_environment_files(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [bar]\n")

    sync(root, configure(tmp_path, [upstream.source()], take={"environments": ["environment.yml"]}))

    assert names(root) == {"foo-1.1-0.conda"}
    assert names(root, "linux-64") == {"bar-1.0-0.conda"}


def test_takes_every_package_that_a_spec_fits_and_what_it_needs(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo", "bar"]}))

    assert names(root) == {"foo-1.0-0.conda", "foo-1.1-0.conda"}
    assert names(root, "linux-64") == {"bar-1.0-0.conda"}


def test_takes_each_platform(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    configuration = configure(
        tmp_path, [upstream.source()], platforms=["linux-64", "linux-aarch64"], take={"specs": ["bar"]}
    )

    sync(root, configuration)

    assert names(root, "linux-64") == names(root, "linux-aarch64") == {"bar-1.0-0.conda"}


def test_serves_every_folder_even_if_nothing_is_in_it(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo"]}))

    assert read_index(root, "linux-64")["info"] == {"subdir": "linux-64"}
    assert names(root, "linux-64") == set()


def test_a_higher_channel_hides_a_name_in_a_lower_one(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    channels = [upstream.source("main"), upstream.source("side")]

    sync(root, configure(tmp_path, channels, take={"specs": ["foo", "extra"]}))

    assert names(root) == {"foo-1.0-0.conda", "foo-1.1-0.conda"}
    assert names(root, channel="side") == {"extra-1.0-0.conda"}
    with pytest.raises(SolveError, match="wants-new-foo"):
        sync(root, configure(tmp_path, channels, take={"specs": ["wants-new-foo"]}))


def test_nothing_new_makes_no_snapshot(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    configuration = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]})
    first = sync(root, configuration)
    # What a real look at upstream would stumble over: only marks of version are read.
    (root / "pool").rename(root / "pool-away")

    second = sync(root, configuration)

    assert first.changed
    assert not second.changed
    assert second.snapshot == first.snapshot
    assert Snapshots(root).identifiers() == [first.snapshot]


def test_nothing_new_over_http_reads_no_index(upstream: Upstream, root: Path, tmp_path: Path, web: WebServer) -> None:
    configuration = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]})
    sync(root, configuration)
    web.seen.clear()

    assert not sync(root, configuration).changed
    assert {request.method for request in web.seen} == {"HEAD"}


def test_a_server_that_answers_sparely(upstream: Upstream, root: Path, tmp_path: Path, web: WebServer) -> None:
    web.bare_304 = True
    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo"]}))

    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo", "bar"]}))

    assert names(root, "linux-64") == {"bar-1.0-0.conda"}


def test_same_content_read_again_makes_no_snapshot(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    configuration = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]})
    first = sync(root, configuration)
    (root / "state.json").unlink()

    second = sync(root, configuration)

    assert (second.changed, second.snapshot, second.new, second.reused) == (False, first.snapshot, 0, 2)


def test_a_hotfix_upstream_makes_a_new_snapshot_without_downloads(
    upstream: Upstream, root: Path, tmp_path: Path
) -> None:
    configuration = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]})
    first = sync(root, configuration)
    upstream.change(_hotfix)

    second = sync(root, configuration)

    assert second.snapshot > first.snapshot
    assert (second.changed, second.new, second.reused) == (True, 0, 2)
    assert read_index(root)["packages.conda"]["foo-1.1-0.conda"]["constrains"] == ["bar >=1"]
    old = root / "snapshots" / first.snapshot / "main" / "noarch"
    assert "constrains" not in json.loads((old / "repodata.json").read_text())["packages.conda"]["foo-1.1-0.conda"]
    assert old.joinpath("foo-1.1-0.conda").samefile(root / "latest" / "main" / "noarch" / "foo-1.1-0.conda")


def test_what_left_the_channel_can_be_had_for_the_grace_time(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo", "big"]}), now=lambda: now)
    shards = {path.name for path in (root / "latest/main/linux-64/shards").iterdir()}
    less = configure(tmp_path, [upstream.source()], take={"specs": ["foo"]}, grace="2d")

    sync(root, less, now=lambda: now + timedelta(days=30))

    assert names(root, "linux-64") == set()
    assert (root / "latest/main/linux-64/big-1.0-0.conda").is_file()
    assert shards <= {path.name for path in (root / "latest/main/linux-64/shards").iterdir()}
    assert verify(root)[1] == []

    upstream.change(_hotfix)
    sync(root, less, now=lambda: now + timedelta(days=33))

    assert not (root / "latest/main/linux-64/big-1.0-0.conda").exists()


def test_a_package_that_upstream_took_out_of_its_index_is_kept_for_locks(
    upstream: Upstream, root: Path, tmp_path: Path
) -> None:
    write_lock(tmp_path / "one.lock", upstream, ["foo"], root)
    configuration = configure(tmp_path, [upstream.source()], take={"locks": ["one.lock"]})
    sync(root, configuration)
    record = read_index(root)["packages.conda"]["foo-1.1-0.conda"]
    upstream.change(lambda index: index["packages.conda"].pop("foo-1.1-0.conda"))
    upstream.package("foo", "1.1").unlink()

    sync(root, configuration)

    assert read_index(root)["packages.conda"] == {"foo-1.1-0.conda": record}
