"""The services as a whole, with the real programs."""

import http.client
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.tools.local.conftest import groups_named, mounts_below, processes_of
from tools.cluster.record import Record
from tools.local import Local, LocalError, local
from tools.local.plan import Plan

images = pytest.mark.images


def quiet(_line: str) -> None:
    pass


def until(what, condition, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return value


def status_of(address: str, path: str) -> int:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def pids(status) -> dict[str, int]:
    return {part.name: part.pid for part in status.components}


@images
def test_up_starts_what_is_needed_and_does_nothing_the_second_time(own):
    said: list[str] = []

    first = own.up(report=said.append)
    lines = len(said)
    second = own.up(report=said.append)

    assert first.state == second.state == "running"
    assert [part.name for part in first.components] == ["registry", "mirror", "buildkit"]
    assert status_of(first.registry, "/v2/") == 200
    assert status_of(first.mirror.removeprefix("http://"), "/healthz") == 200
    assert first.builder == "slate"
    assert (first.docker_config / "buildx/instances/slate").is_file()
    assert pids(first) == pids(second)
    assert len(said) == lines


@images
def test_down_leaves_no_process_mount_or_control_group_and_up_keeps_the_addresses(own):
    first = own.up(report=quiet)
    (own.layout.registry / "kept").write_text("")

    own.down()
    left = processes_of(own.layout.directory), mounts_below(own.layout.directory), groups_named(own.layout.group)
    stopped = own.status()
    second = own.up(report=quiet)

    assert left == ({}, [], [])
    assert stopped.state == "stopped"
    assert not own.layout.socket.exists() or second.state == "running"
    assert (second.registry, second.mirror) == (first.registry, first.mirror)
    assert (own.layout.registry / "kept").exists()


@images
def test_down_can_delete_the_data(own):
    own.up({"registry"}, report=quiet)

    own.down(delete_data=True)

    assert not own.layout.directory.exists()


@images
def test_services_are_added_to_those_that_run(own):
    first = own.up({"registry"}, report=quiet)
    second = own.up({"mirror"}, report=quiet)

    assert [part.name for part in first.components] == ["registry"]
    assert first.builder is None
    assert [part.name for part in second.components] == ["registry", "mirror"]


@images
def test_a_service_that_dies_is_started_again(own):
    before = own.up(report=quiet)

    for name in ("registry", "buildkit"):
        os.kill(pids(before)[name], signal.SIGKILL)
    after = until(
        "both run again",
        lambda: (
            (now := own.status()).state == "running" and min(pids(now).values()) and pids(now) != pids(before) and now
        ),
    )

    assert {part.name: part.restarts for part in after.components} == {"registry": 1, "mirror": 0, "buildkit": 1}


@images
def test_after_the_supervisor_was_killed_nothing_runs_and_up_works(own):
    own.up(report=quiet)
    record = Record.read(own.layout)
    assert record is not None
    assert record.supervisor is not None

    os.kill(record.supervisor.pid, signal.SIGKILL)
    until("all have ended with it", lambda: not processes_of(own.layout.directory))
    stopped = own.status()
    again = own.up(report=quiet)

    assert stopped.state == "stopped"
    assert again.state == "running"


@images
def test_a_taken_port_is_left_and_said(own):
    first = own.up({"registry"}, report=quiet)
    own.down()
    port = int(first.registry.rpartition(":")[2])
    said: list[str] = []
    with socket.create_server(("127.0.0.1", port)):
        second = own.up({"registry"}, report=said.append)

    assert second.registry != first.registry
    assert any(f"port {port} is taken, so registry moves to port" in line for line in said)


@images
def test_a_service_that_keeps_dying_is_told_with_the_end_of_its_log(tmp_path, binaries):
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "registry").write_text("#!/bin/sh\necho the disk is on fire; exit 7\n")
    (broken / "registry").chmod(0o755)
    local_services = Local(tmp_path / "local", broken)

    with pytest.raises(LocalError) as raised:
        local_services.up({"registry"}, report=quiet)

    assert "registry ended with exit status 7, for the 5th time in a row" in str(raised.value)
    assert "the disk is on fire" in str(raised.value)
    assert "the disk is on fire" in local_services.status().message
    assert processes_of(local_services.layout.directory) == {}
    assert binaries != broken


def test_missing_programs_are_named_with_the_command_that_gets_them(tmp_path):
    with pytest.raises(
        LocalError, match=r"Missing in .*: buildkitd, registry, runc\. Get them: python3 -m tools"
    ) as told:
        Local(tmp_path / "local", tmp_path).up()

    assert "ensure docker-build registry runc" in str(told.value)
    assert not (tmp_path / "local").exists()


def test_an_unknown_service_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(LocalError, match=r"There is no cache\. Services: registry, mirror, buildkit"):
        Local(tmp_path / "local", tmp_path).up({"cache"})


def test_the_builder_without_root_is_refused_before_anything_starts(tmp_path, monkeypatch):
    for name in ("buildkitd", "runc"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(local.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(local.sys, "platform", "linux")

    with pytest.raises(LocalError, match="needs root"):
        Local(tmp_path / "local", tmp_path).up({"buildkit"})


def test_what_never_ran_is_stopped_and_down_makes_nothing(tmp_path):
    local_services = Local(tmp_path / "local", tmp_path)

    local_services.down()
    status = local_services.status()

    assert (status.state, status.components, status.registry) == ("stopped", (), "")
    assert not (tmp_path / "local").exists()


def test_ports_are_remembered_while_nothing_runs(tmp_path):
    local_services = Local(tmp_path / "local", tmp_path)
    local_services.layout.claim()
    local_services.layout.prepare()
    Plan.make(local_services.layout, tmp_path, {"registry": 20001, "mirror": 20002}, {"registry"}).write(
        local_services.layout
    )

    status = local_services.status()

    assert (status.state, status.registry, status.mirror) == ("stopped", "127.0.0.1:20001", "http://127.0.0.1:20002")
    assert Path(status.docker_config) == local_services.layout.docker_config
