import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.collect import Collected, collect
from services.conda_mirror.locking import reading
from services.conda_mirror.pool import Pool
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.support import Upstream, configure, run, sync

START = datetime(2026, 11, 1, tzinfo=UTC)
NEVER, AT_ONCE = timedelta(days=10_000), timedelta()


@pytest.fixture
def five(upstream: Upstream, root: Path, tmp_path: Path) -> list[str]:
    """Five snapshots, a day apart; `big` is in the first two only and not carried along to the last."""
    found = []
    for number in range(5):
        specs = ["foo", "big"] if number < 2 else ["foo"]
        upstream.change(lambda index, n=number: index["packages.conda"]["foo-1.1-0.conda"].update(day=n))
        configuration = configure(tmp_path, [upstream.source()], take={"specs": specs}, grace="1h")
        found.append(sync(root, configuration, now=lambda n=number: START + timedelta(days=n)).snapshot)
    return found


def _collect(root: Path, *, keep: int, age: timedelta = AT_ONCE, grace: timedelta = -NEVER, **more: bool) -> Collected:
    moment = START + timedelta(days=5)
    return collect(root, keep=keep, age=age, grace=grace, now=lambda: moment, report=lambda _: None, **more)


def _big(root: Path) -> list[Path]:
    return [path for path in Pool(root).folder.glob("*/*") if path.stat().st_size > 1 << 20]


def test_keeps_the_newest_snapshots_and_what_they_hold(root: Path, five: list[str]) -> None:
    collected = _collect(root, keep=2)

    assert Snapshots(root).identifiers() == five[3:]
    assert collected.snapshots == tuple(five[:3])
    assert _big(root) == []
    assert [verify(root, name)[1] for name in five[3:]] == [[], []]
    assert {path.name for path in Pool(root).folder.glob("*/*")} == {
        sha256 for manifest in Snapshots(root).manifests() for sha256, _ in manifest.everything.values()
    }


def test_keeps_young_snapshots(root: Path, five: list[str]) -> None:
    _collect(root, keep=1, age=timedelta(days=4))

    assert Snapshots(root).identifiers() == five[2:]


def test_keeps_files_of_every_kept_snapshot(root: Path, five: list[str]) -> None:
    _collect(root, keep=4)

    assert Snapshots(root).identifiers() == five[1:]
    assert len(_big(root)) == 1
    assert verify(root, five[1])[1] == []


def test_keeps_the_current_snapshot_even_if_it_is_old(root: Path, five: list[str]) -> None:
    Snapshots(root).point(five[0])

    _collect(root, keep=1)

    assert Snapshots(root).identifiers() == [five[0], five[4]]
    assert verify(root)[1] == []


def test_keeps_what_is_being_read(root: Path, five: list[str]) -> None:
    with reading(root / "snapshots" / five[0]):
        collected = _collect(root, keep=1)

    assert collected.in_use == (five[0],)
    assert Snapshots(root).identifiers() == [five[0], five[4]]
    assert verify(root, five[0])[1] == []


def test_keeps_unused_files_for_the_grace_time(root: Path, five: list[str]) -> None:
    stray, _ = Pool(root).add(b"downloaded by a sync that failed")
    old = time.time() - 3 * 86400

    collect(root, keep=5, age=NEVER, grace=timedelta(days=1), report=lambda _: None)
    assert Pool(root).has(stray)

    os.utime(Pool(root).path(stray), (old, old))
    (root / "incoming" / f"{stray}.part").write_bytes(b"x")
    os.utime(root / "incoming" / f"{stray}.part", (old, old))
    collected = collect(root, keep=5, age=NEVER, grace=timedelta(days=1), report=lambda _: None)
    assert not Pool(root).has(stray)
    assert collected.files == 2
    assert Snapshots(root).identifiers() == five


def test_a_dry_run_removes_nothing(root: Path, five: list[str]) -> None:
    before = sorted(root.rglob("*"))

    collected = _collect(root, keep=1, dry_run=True)

    assert collected.snapshots == tuple(five[:4])
    assert collected.size > 3 << 20
    assert sorted(root.rglob("*")) == before


def test_removes_nothing_if_a_manifest_cannot_be_read(root: Path, five: list[str]) -> None:
    (root / "snapshots" / five[2] / "snapshot.json").write_text("{")

    done = run("gc", "--root", root, "--keep", "1", "--age", "0d", "--grace", "0d")

    assert done.returncode == 1
    assert f"{five[2]}/snapshot.json: not a snapshot's manifest" in done.stderr
    assert len(_big(root)) == 1
    assert (root / "snapshots" / five[0]).is_dir()


def test_the_command(root: Path, five: list[str]) -> None:
    done = run("gc", "--root", root, "--keep", "2", "--age", "0d", "--grace", "0d")

    assert done.returncode == 0
    assert f"removed 3 snapshot(s): {', '.join(five[:3])}" in done.stdout
    assert Snapshots(root).identifiers() == five[3:]


def test_keeping_none_is_refused(root: Path) -> None:
    done = run("gc", "--root", root, "--keep", "0")

    assert done.returncode == 2
    assert "at least 1" in done.stderr
