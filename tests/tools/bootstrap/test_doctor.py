"""What `make doctor` says of the machine, besides the tools."""

import pytest

from tools.bootstrap import doctor


@pytest.fixture
def machine(clone, monkeypatch, tmp_path):
    """A machine with everything that a real node needs."""
    for name in ("ip", "mount", *doctor._HOMES):
        clone.program(name, "")
    clone.environ["PATH"] = str(clone.path)
    monkeypatch.setattr(doctor, "_CONTROL_GROUPS", tmp_path / "cgroup")
    (tmp_path / "cgroup").mkdir()
    return clone


def test_a_machine_that_has_it_all(machine):
    said = doctor._real_node(machine.place, None)

    assert "can run here (make up CLUSTER=node); control groups version 1; homes hold no more than their size" in said


def test_version_2_of_control_groups_is_said_to_be_untried(machine, tmp_path):
    (tmp_path / "cgroup" / "cgroup.controllers").touch()

    assert "control groups version 2 (not tried yet)" in doctor._real_node(machine.place, None)


def test_what_homes_lack_is_named(machine):
    (machine.path / "mkfs.ext4").unlink()

    assert "homes have no limit (needs mkfs.ext4: package e2fsprogs)" in doctor._real_node(machine.place, None)


def test_what_keeps_a_node_from_running_is_named(machine):
    (machine.path / "ip").unlink()

    assert doctor._real_node(machine.place, None) == "Real node: needs ip (packages iproute2, mount)"
    assert doctor._real_node(machine.place, "needs root, or a builder") == "Real node: not here, it needs root"
