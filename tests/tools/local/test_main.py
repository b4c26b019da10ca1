import json
import subprocess
import sys

import pytest

from tools.paths import ROOT


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.local", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_help_names_every_command():
    answer = run("--help")

    assert answer.returncode == 0
    assert all(word in answer.stdout for word in ("up ", "down ", "status ", "logs "))


def test_status_of_what_does_not_run_has_an_exit_status_of_its_own(tmp_path):
    answer = run("status", "--json", f"--directory={tmp_path / 'local'}")

    assert answer.returncode == 3
    assert json.loads(answer.stdout)["state"] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up", "cache"], "error: There is no cache. Services: registry, mirror, buildkit."),
        (["up"], "error: Missing in"),
        (["logs"], "error: No logs in"),
    ],
)
def test_problems_get_one_message(tmp_path, arguments, message):
    answer = run(*arguments, f"--directory={tmp_path / 'local'}", f"--binaries={tmp_path}")

    assert answer.returncode == 2
    assert answer.stderr.startswith(message)
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.images
def test_up_status_logs_down(tmp_path, binaries):
    where = [f"--directory={tmp_path / 'local'}", f"--binaries={binaries}"]
    try:
        up = run("up", "registry", *where)
        status = run("status", *where)
        logs = run("logs", *where)
    finally:
        down = run("down", "--delete-data", *where)

    assert up.returncode == status.returncode == logs.returncode == down.returncode == 0, up.stderr + down.stderr
    assert "Local services: running" in status.stdout
    assert "registry" in status.stdout
    assert "supervisor | " in logs.stdout
    assert down.stdout.splitlines()[-1] == "Local services: stopped, their data removed"
    assert not (tmp_path / "local").exists()
