"""Licences, build times, and explicit lists."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.conda_mirror.check import verify
from services.conda_mirror.errors import MirrorError, SolveError
from tests.services.conda_mirror.steps import write_lock
from tests.services.conda_mirror.support import CANONICAL, Upstream, configure, names, sync

FOO, BAR = ("noarch", "foo-1.1-0.conda"), ("linux-64", "bar-1.0-0.conda")


def test_takes_what_explicit_lists_name(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    lines = ["# a comment", "@EXPLICIT", ""]
    for subdir, name in (FOO, BAR, ("linux-aarch64", "bar-1.0-0.conda")):
        sha256 = upstream.index(subdir)["packages.conda"][name]["sha256"]
        lines.append(f"{CANONICAL}/main/{subdir}/{name}#sha256:{sha256}")
    (tmp_path / "one.explicit.txt").write_text("\n".join(lines))

    sync(root, configure(tmp_path, [upstream.source()], take={"locks": ["one.explicit.txt"]}))

    assert names(root) == {FOO[1]}
    assert names(root, "linux-64") == {BAR[1]}  # and nothing of a platform that was not asked for
    assert verify(root)[1] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("https://evil.example/main/noarch/foo-1.1-0.conda#sha256:" + "0" * 64, "is on no channel of the list"),
        (f"{CANONICAL}/main/noarch/foo-1.1-0.conda#sha256:" + "0" * 64, "was asked for, the channel has"),
        (f"{CANONICAL}/main/noarch/foo-9.9-0.conda#sha256:" + "0" * 64, "no longer in the index of"),
        (f"{CANONICAL}/main/noarch/..#sha256:" + "0" * 64, "is on no channel of the list"),
        (f"{CANONICAL}/main/noarch/foo-1.1-0.conda", "line 1: .* is not `<URL>#sha256:<64 hexadecimal digits>`"),
        (f"{CANONICAL}/main/noarch/foo-1.1-0.conda#" + "0" * 32, "line 1: "),
    ],
)
def test_explicit_lists_that_are_refused(
    line: str, problem: str, upstream: Upstream, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text(line)

    with pytest.raises(MirrorError, match=problem):
        sync(root, configure(tmp_path, [upstream.source()], take={"locks": ["one.txt"]}))
    assert not (root / "latest").exists()


def test_build_times_in_seconds_are_understood(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    upstream.change(lambda index: index["packages.conda"]["foo-1.0-0.conda"].update(timestamp=1_700_000_000))
    sha256 = upstream.index()["packages.conda"]["foo-1.0-0.conda"]["sha256"]
    (tmp_path / "one.txt").write_text(f"{CANONICAL}/main/noarch/foo-1.0-0.conda#sha256:{sha256}")
    channels, take = [upstream.source()], {"locks": ["one.txt"]}

    with pytest.raises(MirrorError, match="built after 2023-01-01"):
        sync(root, configure(tmp_path, channels, take=take, excludeNewer="2023-01-01"))
    sync(root, configure(tmp_path, channels, take=take, excludeNewer="2024-01-01"))

    assert names(root) == {"foo-1.0-0.conda"}


def test_refuses_licences(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    channels, licences = [upstream.source()], {"deny": ["AGPL-*"]}
    write_lock(tmp_path / "one.lock", upstream, ["copyleft"], root)

    with pytest.raises(
        MirrorError, match=r"copyleft=1\.0=0: licence AGPL-3\.0-only is refused \(asked for by .*one\.lock\)"
    ):
        sync(root, configure(tmp_path, channels, take={"locks": ["one.lock"]}, licences=licences))
    with pytest.raises(SolveError, match="the filters left out 1"):
        sync(root, configure(tmp_path, channels, take={"specs": ["copyleft"]}, licences=licences))
    assert not (root / "latest").exists()


@pytest.mark.parametrize("limit", ["2024-06-01", "400d"])
def test_leaves_out_packages_that_are_too_young_by_their_own_build_time(
    limit: str, upstream: Upstream, root: Path, tmp_path: Path
) -> None:
    # The channel was indexed just now; that must not make everything in it young.
    assert all("indexed_timestamp" in record for record in upstream.index()["packages.conda"].values())
    configuration = configure(tmp_path, [upstream.source()], take={"specs": ["foo", "bar"]}, excludeNewer=limit)

    summary = sync(root, configuration, now=lambda: datetime(2026, 6, 1, tzinfo=UTC))

    assert names(root) == {"foo-1.0-0.conda"}
    assert names(root, "linux-64") == {"bar-1.0-0.conda"}
    assert [line.split(":")[0] for line in summary.left_out] == ["foo=1.1=0"]
    assert "excludeNewer" in summary.left_out[0]
