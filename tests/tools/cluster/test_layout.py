import inspect
import os
import stat
from pathlib import Path

import pytest

from tools.cluster import ClusterError
from tools.cluster.layout import LONGEST_DIRECTORY, Layout


def test_relative_paths_and_the_home_directory_are_understood(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert Layout.of(Path("a/../b")).directory == tmp_path / "b"
    assert Layout.of(Path("~/c")).directory == tmp_path / "home" / "c"


def test_what_is_made_is_readable_by_the_owner_only(tmp_path):
    layout = Layout.of(tmp_path / "deep" / "cluster")

    layout.claim()
    layout.prepare()
    layout.claim()
    layout.prepare()

    made = (layout.directory, layout.pki, layout.etcd, layout.logs, layout.configuration)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


def test_all_files_lie_below_the_directory(tmp_path):
    layout = Layout.of(tmp_path)

    properties = inspect.getmembers(Layout, lambda member: isinstance(member, property))
    paths = [path for name, _ in properties if isinstance(path := getattr(layout, name), Path)]

    assert len(paths) >= 10
    assert all(path.is_relative_to(tmp_path) for path in [*paths, layout.log("x"), layout.component_kubeconfig("x")])


def test_a_directory_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    mode = tmp_path.stat().st_mode

    with pytest.raises(ClusterError, match="holds files that are no cluster's"):
        Layout.of(tmp_path).claim()

    assert tmp_path.stat().st_mode == mode
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_place_of_the_directory_is_told(tmp_path):
    (tmp_path / "cluster").write_text("")

    with pytest.raises(ClusterError, match="is not a directory"):
        Layout.of(tmp_path / "cluster").check()


@pytest.mark.parametrize("name", ["x" * 300, "x/" * LONGEST_DIRECTORY])
def test_a_path_that_is_too_long_is_told(tmp_path, name):
    with pytest.raises(ClusterError, match=r"(Give a shorter one|File name too long)"):
        Layout.of(tmp_path / name).claim()


def test_a_directory_that_cannot_be_made_is_told():
    with pytest.raises(ClusterError, match=r"Cannot write .*/proc/slate.* Make it writable"):
        Layout.of(Path("/proc/slate")).claim()


def test_another_users_directory_is_refused_with_both_names(tmp_path, monkeypatch):
    layout = Layout.of(tmp_path / "cluster")
    layout.claim()
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)

    with pytest.raises(ClusterError, match=r"belongs to user .*, and you are uid 4000000"):
        layout.check()


def test_removal_leaves_nothing_and_follows_no_links(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    layout = Layout.of(tmp_path / "cluster")
    layout.claim()
    layout.prepare()
    (layout.etcd / "data").write_text("x")
    (layout.directory / "link").symlink_to(outside)

    layout.remove()

    assert not layout.directory.exists()
    assert (outside / "kept").exists()
