import json
import subprocess
import sys

import pytest

from tools.cluster import components
from tools.paths import ROOT


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "tools.cluster", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize("arguments", [[], *[[c] for c in ("up", "down", "status", "kubeconfig", "logs")]])
def test_every_command_explains_itself(arguments):
    result = run(*arguments, "--help")

    assert result.returncode == 0
    assert "--help" in result.stdout
    assert not arguments or "--directory" in result.stdout


def test_the_status_of_a_cluster_that_was_never_started(tmp_path):
    text = run("status", "--directory", str(tmp_path / "none"))
    plain = run("status", "--directory", str(tmp_path / "none"), "--json")

    assert text.returncode == plain.returncode == 3
    assert "Embedded cluster: stopped" in text.stdout
    status = json.loads(plain.stdout)
    assert status["state"] == "stopped"
    assert [component["name"] for component in status["components"]] == list(components.NAMES)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up", "--binaries", "/nonexistent"], "Missing in /nonexistent: etcd, kube-apiserver"),
        (["up", "--binaries", "/nonexistent"], "python3 -m tools.bootstrap ensure"),
        (["kubeconfig"], "does not run. Start it: `make up`"),
        (["logs"], "has not been started yet"),
    ],
)
def test_problems_are_one_message_and_no_traceback(tmp_path, arguments, message):
    result = run(*arguments, "--directory", str(tmp_path / "cluster"))

    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_down_of_a_cluster_that_was_never_started_makes_nothing(tmp_path):
    result = run("down", "--delete-data", "--directory", str(tmp_path / "cluster"))

    assert result.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_down_does_not_touch_a_directory_that_is_no_clusters(tmp_path):
    (tmp_path / "thesis.tex").write_text("")

    result = run("down", "--delete-data", "--directory", str(tmp_path))

    assert result.returncode == 2
    assert "holds files that are no cluster's" in result.stderr
    assert (tmp_path / "thesis.tex").exists()


def test_logs_of_one_component_are_shown_with_its_name(tmp_path):
    (tmp_path / "command.lock").write_text("")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "etcd.log").write_text("one\ntwo\n")
    (tmp_path / "logs" / "kwok.log").write_text("three\n")

    result = run("logs", "--component", "etcd", "--lines", "1", "--directory", str(tmp_path))

    assert result.stdout == "etcd | two\n"
