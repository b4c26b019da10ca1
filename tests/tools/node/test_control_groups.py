"""Paths of both versions of control groups; a real kernel is asked in test_real_node.py."""

import os
import subprocess
import sys

import pytest

from tools.node import control_groups


def test_version_1_has_a_group_in_each_hierarchy_and_processors_in_it(tmp_path):
    for name in ("cpu", "memory", "pids", "cpuset"):
        (tmp_path / name).mkdir()
    (tmp_path / "cpu,cpuacct").symlink_to("cpu")
    (tmp_path / "unified").mkdir()
    (tmp_path / "unified" / "cgroup.controllers").write_text("")
    for file, value in (("cpuset.cpus", "0-1\n"), ("cpuset.mems", "0\n")):
        (tmp_path / "cpuset" / file).write_text(value)
        (tmp_path / "cpuset" / "own").mkdir(exist_ok=True)
        (tmp_path / "cpuset" / "own" / file).write_text("\n")

    control_groups.make("own", tmp_path)

    assert {path.parent.name for path in control_groups.left("own", tmp_path)} >= {"cpu", "memory", "pids", "cpuset"}
    assert not (tmp_path / "unified" / "own").exists()
    assert (tmp_path / "cpuset" / "own" / "cpuset.cpus").read_text() == "0-1\n"


def test_version_2_has_one_group_that_hands_its_controllers_on(tmp_path):
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "cgroup.controllers").write_text("cpu memory pids\n")

    control_groups.make("own", tmp_path)

    assert control_groups.left("own", tmp_path) == [tmp_path / "own"]
    # The kernel adds each controller that is written; a plain file keeps the last.
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+pids"
    assert (tmp_path / "own" / "cgroup.subtree_control").read_text() == "+pids"


@pytest.mark.parametrize(("file", "one"), [("cpu.shares", 1024), ("cpu.weight", 100)])
def test_a_node_weighs_as_much_as_the_processors_that_it_offers(tmp_path, file, one):
    top = tmp_path / "cpu" if file == "cpu.shares" else tmp_path
    (top / "own").mkdir(parents=True)
    (top / "own" / file).write_text(f"{one}\n")
    if file == "cpu.weight":
        for group in (tmp_path, tmp_path / "own"):
            (group / "cgroup.controllers").write_text("cpu\n")

    control_groups.make("own", tmp_path)

    assert int((top / "own" / file).read_text()) == one * len(os.sched_getaffinity(0))


def test_what_still_runs_in_the_group_is_ended(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    group = tmp_path / "memory" / "own" / "pod"
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text(f"0\n{child.pid}\n")

    assert control_groups.processes("own", tmp_path) == {child.pid}
    control_groups.end_processes("own", 0.2, tmp_path)

    assert child.wait(30) < 0
    (group / "cgroup.procs").unlink()
    control_groups.remove("own", tmp_path)
    assert control_groups.left("own", tmp_path) == []
    assert os.path.isdir(tmp_path / "memory")  # noqa: PTH112


def test_others_find_the_way_into_the_group_whatever_the_file_mode_of_this_process(tmp_path):
    (tmp_path / "cpu").mkdir()
    before = os.umask(0o077)
    try:
        control_groups.make("own", tmp_path)
    finally:
        os.umask(before)

    # Whoever is root in a user namespace is nobody on the machine.
    assert (tmp_path / "cpu" / "own").stat().st_mode & 0o777 == 0o755
