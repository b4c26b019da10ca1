"""The command line as a user starts it: in a copy of the tools, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def start(clone, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tools.bootstrap", *arguments],
        cwd=clone.root,
        env={**clone.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(clone, *arguments: str) -> tuple[int, str]:
    process = start(clone, *arguments)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_help_names_every_group_and_command(clone) -> None:
    code, output = run(clone, "--help")
    _, groups = run(clone, "ensure", "--help")

    assert code == 0
    assert all(word in output for word in ("ensure", "doctor", "lock", "SLATE_OFFLINE", "SLATE_KUBERNETES_PROVIDER"))
    assert all(word in groups for word in ("pulumi", "kubernetes-provider", "docker-build", "language-host"))


def test_an_unknown_group_gets_one_message(clone) -> None:
    code, output = run(clone, "ensure", "helm")

    assert code == 1
    assert output.startswith("error: There is no group helm. Groups: python, pulumi,")
    assert len(output.splitlines()) == 1


def test_builds_says_so_and_does_nothing_the_second_time(clone) -> None:
    code, first = run(clone, "ensure", "pulumi")
    _, second = run(clone, "ensure", "pulumi")

    assert code == 0
    assert "pulumi: nothing is downloaded from get.pulumi.com: downloads are off (SLATE_OFFLINE)" in first
    assert "[1 of 1] pulumi: built pulumi 3.259.0" in first
    assert "Tools are ready after" in first
    assert second.startswith("Tools are ready (looked at 1 groups")
    assert len(clone.builds()) == 1


def test_a_failure_shows_the_log_and_what_to_do(clone, tmp_path: Path) -> None:
    script = tmp_path / "fail"
    script.write_text("echo 'write /x: no space left on device'; exit 2\n")
    clone.environ["FAKE_GO_SCRIPT"] = str(script)

    code, output = run(clone, "ensure", "pulumi", "language-host")

    assert code == 1
    assert "[1 of 2] pulumi: FAILED after " in output
    assert "s: go build ended with exit code 2. The last lines of" in output
    assert "    | write /x: no space left on device" in output
    assert "Free some disk space" in output
    assert "error: Not installed: pulumi, language-host." in output
    assert "Traceback" not in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_every_child_and_leaves_nothing_half_written(
    clone, tmp_path: Path, alive: Callable[[int], bool], number: signal.Signals
) -> None:
    pids = tmp_path / "pids"
    script = tmp_path / "hang"
    script.write_text(
        f'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo half > "$2"; shift; done\n'
        f"sleep 600 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; wait\n"
    )
    clone.environ["FAKE_GO_SCRIPT"] = str(script)
    process = start(clone, "ensure", "pulumi")
    wait_for(pids.exists)
    children = [int(word) for word in pids.read_text().split()]
    assert all(map(alive, children))

    process.send_signal(number)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Interrupted: everything that was started has ended" in output
    assert "Traceback" not in output
    wait_for(lambda: not any(map(alive, children)))
    assert list(clone.place.bin.iterdir()) == []


def test_goes_on_after_an_interrupt(clone, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = tmp_path / "hang"
    # The shell becomes the program that hangs, so that there is one process to end.
    script.write_text(f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600\n")
    clone.environ["FAKE_GO_SCRIPT"] = str(script)
    process = start(clone, "ensure", "pulumi")
    wait_for(pid.exists)
    process.send_signal(signal.SIGKILL)
    os.kill(int(pid.read_text()), signal.SIGKILL)  # nobody is left who would
    process.communicate(timeout=60)
    (clone.place.bin / ".pulumi.1.tmp").write_text("half")
    del clone.environ["FAKE_GO_SCRIPT"]

    code, output = run(clone, "ensure", "pulumi")

    assert code == 0, output
    assert sorted(path.name for path in clone.place.bin.iterdir()) == ["pulumi"]


def test_two_at_once_build_once(clone, tmp_path: Path) -> None:
    building, go_on = tmp_path / "building", tmp_path / "go-on"
    script = tmp_path / "wait"
    script.write_text(f"touch {building}; while [ ! -e {go_on} ]; do sleep 0.05; done\n")
    clone.environ["FAKE_GO_SCRIPT"] = str(script)
    first = start(clone, "ensure", "pulumi")
    wait_for(building.exists)
    second = start(clone, "ensure", "pulumi")
    assert second.stdout is not None
    line = second.stdout.readline()
    go_on.touch()
    outputs = [process.communicate(timeout=60)[0] for process in (first, second)]

    assert line == f"waiting for another bootstrap (pid {first.pid})\n"
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert len(clone.builds()) == 1


def test_doctor_lists_what_is_missing_and_how_to_get_it(clone) -> None:
    code, output = run(clone, "doctor")

    rows = {line.split()[0]: line for line in output.splitlines() if line.strip()}
    assert code == 1
    assert rows["pulumi"].split()[1] == "missing"
    assert rows["pulumi"].endswith("python3 -m tools.bootstrap ensure pulumi  (wanted: 3.259.0)")
    assert "not needed" in rows["buildkitd"]
    assert rows["go"].split() == ["go", "found", "1.26.9", str(clone.path / "go")]
    assert "Missing or broken: python, pulumi," in output
    assert "buildkitd" not in rows["Missing"]
    assert f"Python: {sys.version.split()[0]} ({sys.executable})" in output
    assert "GB free" in output
    assert "\nImages: " in output
    assert "\nReal node: " in output
    assert "not needed" in rows["registry"]
    assert "Downloads of releases: off (SLATE_OFFLINE)" in output


def test_doctor_changes_nothing(clone) -> None:
    run(clone, "doctor")

    assert not clone.place.slate.exists()


def test_doctor_tells_what_was_found_and_what_was_built(clone) -> None:
    clone.program("etcd", "etcd Version: 3.6.99")
    run(clone, "ensure", "pulumi", "kubernetes")

    _, output = run(clone, "doctor")

    rows = {line.split()[0]: line.split()[1:] for line in output.splitlines() if line.strip()}
    assert rows["etcd"] == ["found", "3.6.99", str(clone.path / "etcd")]
    assert rows["pulumi"] == ["built", "3.259.0", str(clone.place.bin / "pulumi")]
    assert rows["kube-apiserver"] == ["built", "1.36.4", str(clone.place.bin / "kube-apiserver")]


def test_doctor_notices_a_tool_that_does_not_run(clone) -> None:
    clone.program("etcd", "etcd Version: 3.6.99")
    run(clone, "ensure", "kubernetes")
    original = (clone.path / "etcd").read_text()
    status = (clone.path / "etcd").stat()
    broken = "#!/bin/sh\nexit 1 #"
    (clone.path / "etcd").write_text(broken.ljust(len(original), "x"))
    os.utime(clone.path / "etcd", ns=(status.st_atime_ns, status.st_mtime_ns))

    code, output = run(clone, "doctor")

    rows = {line.split()[0]: line for line in output.splitlines() if line.strip()}
    assert code == 1
    assert rows["etcd"].split()[1] == "broken"
    assert "remove .slate/stamps" in rows["etcd"]


def test_a_clone_without_a_go_mod_says_so(clone) -> None:
    (clone.root / "tools" / "toolchain" / "pulumi" / "go.mod").unlink()

    code, output = run(clone, "ensure")

    assert code == 1
    assert "tools/toolchain/pulumi/go.mod cannot be read" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("obstacle", ["a file in place of .slate", "a folder in place of the lock"])
def test_a_folder_that_cannot_be_written_gets_one_message(clone, obstacle: str) -> None:
    if obstacle == "a file in place of .slate":
        clone.place.slate.write_text("")
    else:
        (clone.place.slate / "bootstrap.lock").mkdir(parents=True)

    code, output = run(clone, "ensure", "pulumi")

    assert code == 1
    assert output.startswith("error: /")
    assert len(output.splitlines()) == 1
