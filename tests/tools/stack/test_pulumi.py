import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from tools.paths import ROOT
from tools.stack import processes
from tools.stack.problem import StackProblem

ERROR = {"diagnosticEvent": {"urn": "urn:x", "message": "broken", "severity": "error"}}


@pytest.fixture
def marker(tmp_path):
    path = tmp_path / "stacks" / "dev.running"
    path.parent.mkdir()
    return path


def test_a_question_is_asked_for_the_stack_and_without_a_terminal(fake_pulumi, tmp_path):
    fake_pulumi.script({"stack output": {"out": '{"a": 1}'}})

    assert fake_pulumi.cli(tmp_path).outputs() == {"a": 1}

    (call,) = fake_pulumi.calls
    assert call["words"] == ["stack", "output", "--json", "--non-interactive"]
    assert call["environment"]["PULUMI_STACK"] == "dev"
    assert call["directory"] == str(tmp_path)


def test_a_failed_question_tells_pulumis_own_reason_once(fake_pulumi, tmp_path):
    fake_pulumi.script({"stack output": {"exit": 1, "err": "error: incorrect passphrase"}})

    with pytest.raises(StackProblem) as refused:
        fake_pulumi.cli(tmp_path).outputs()

    assert str(refused.value) == "`pulumi stack output` failed: incorrect passphrase"


@pytest.mark.parametrize(
    ("listed", "there"),
    [("[]", False), ('[{"name": "eks"}]', False), ('[{"name": "dev"}]', True), ('[{"name": "acme/slate/dev"}]', True)],
)
def test_the_backend_is_asked_for_the_stack(fake_pulumi, tmp_path, listed, there):
    fake_pulumi.script({"stack ls": {"out": listed}})

    assert fake_pulumi.cli(tmp_path).exists() is there


def test_pending_operations_are_taken_out_and_the_rest_stays(fake_pulumi, tmp_path):
    state = {"version": 3, "deployment": {"resources": [{"urn": "a"}], "pending_operations": [{"type": "creating"}]}}
    fake_pulumi.script({"stack export": {"out": json.dumps(state)}, "stack import": {"reads": True}})

    assert fake_pulumi.cli(tmp_path).forget_pending_operations() == 1

    imported = json.loads(fake_pulumi.calls[1]["stdin"])
    assert imported == {"version": 3, "deployment": {"resources": [{"urn": "a"}]}}


def test_a_state_without_pending_operations_is_not_written(fake_pulumi, tmp_path):
    fake_pulumi.script({"stack export": {"out": '{"deployment": {"resources": []}}'}})

    assert fake_pulumi.cli(tmp_path).forget_pending_operations() == 0

    assert len(fake_pulumi.calls) == 1


def test_work_runs_with_the_configuration_file_and_an_event_log_that_is_removed(fake_pulumi, tmp_path, marker):
    config = tmp_path / "merged.yaml"

    outcome = fake_pulumi.cli(tmp_path, config_file=config).work(["up", "--yes"], marker=marker, extra={"EXTRA": "1"})

    (call,) = fake_pulumi.calls
    assert outcome.exit_code == 0
    assert call["words"][:2] == ["up", "--yes"]
    assert call["words"][-2:] == ["--config-file", str(config)]
    assert call["environment"]["EXTRA"] == "1"
    assert list(marker.parent.iterdir()) == []


def test_the_errors_of_a_failed_run_are_returned(fake_pulumi, tmp_path, marker):
    fake_pulumi.script({"up": {"exit": 1, "events": [ERROR]}})

    outcome = fake_pulumi.cli(tmp_path).work(["up"], marker=marker)

    assert outcome.exit_code == 1
    assert [failure.message for failure in outcome.failures] == ["broken"]
    assert not outcome.killed
    assert not marker.exists()


def test_a_killed_run_leaves_its_marker(fake_pulumi, tmp_path, marker):
    fake_pulumi.script({"up": {"kill": True}})

    outcome = fake_pulumi.cli(tmp_path).work(["up"], marker=marker)

    assert outcome.killed
    left = json.loads(marker.read_text())
    assert left["command"] == "up"
    assert left["run"] == fake_pulumi.calls[0]["environment"]["SLATE_RUN"]


# What the CLI does with its lock before it ends with 2; it knows its own process id.
def leave_lock(backend, pid):
    path = backend / ".pulumi" / "locks" / "organization" / "slate" / "dev" / "1.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    taken = datetime.now(UTC).isoformat()
    content = {"pid": pid, "username": "u", "hostname": socket.gethostname(), "timestamp": taken}
    path.write_text(json.dumps(content))


@pytest.fixture
def crash(monkeypatch, tmp_path):
    """Lets the run's lock (or that of the process with another id) be there when the CLI has ended."""

    def prepare(offset=0):
        wait = subprocess.Popen.wait

        def leave_and_wait(self, timeout=None):
            code = wait(self, timeout)
            leave_lock(tmp_path / "state", self.pid + offset)
            return code

        monkeypatch.setattr(subprocess.Popen, "wait", leave_and_wait)

    return prepare


def test_a_crash_that_leaves_the_lock_counts_as_killed(fake_pulumi, tmp_path, marker, crash):
    fake_pulumi.script({"up": {"exit": 2}})
    crash()

    outcome = fake_pulumi.cli(tmp_path, PULUMI_BACKEND_URL=(tmp_path / "state").as_uri()).work(["up"], marker=marker)

    assert outcome.killed
    assert marker.exists()


def test_exit_code_2_without_a_lock_is_a_wrong_option_and_not_a_crash(fake_pulumi, tmp_path, marker):
    fake_pulumi.script({"up": {"exit": 2}})

    outcome = fake_pulumi.cli(tmp_path, PULUMI_BACKEND_URL=(tmp_path / "state").as_uri()).work(["up"], marker=marker)

    assert not outcome.killed
    assert not marker.exists()


def test_somebody_elses_lock_does_not_make_a_wrong_option_a_crash(fake_pulumi, tmp_path, marker, crash):
    fake_pulumi.script({"up": {"exit": 2}})
    crash(offset=1)

    outcome = fake_pulumi.cli(tmp_path, PULUMI_BACKEND_URL=(tmp_path / "state").as_uri()).work(["up"], marker=marker)

    assert not outcome.killed


def test_where_locks_cannot_be_read_exit_code_2_is_no_crash(fake_pulumi, tmp_path, marker):
    fake_pulumi.script({"up": {"exit": 2}})

    assert not fake_pulumi.cli(tmp_path, PULUMI_BACKEND_URL="s3://bucket").work(["up"], marker=marker).killed


def test_the_stack_that_was_asked_for_wins_over_one_of_the_shell(fake_pulumi, tmp_path):
    cli = fake_pulumi.cli(tmp_path, PULUMI_STACK="eks")

    cli.attached(["stack", "output"])
    cli.question(["stack", "ls"])
    cli.work(["preview"])

    assert [call["environment"]["PULUMI_STACK"] for call in fake_pulumi.calls] == ["dev"] * 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("ending", [{"exit": 1}, {"exit": 0}, {"kill": True}])
def test_plugins_that_pulumi_leaves_behind_are_ended(fake_pulumi, tmp_path, marker, ending):
    fake_pulumi.script({"up": {"plugin": True, **ending}, "about": {"plugin": True, **ending}})
    cli = fake_pulumi.cli(tmp_path)

    for run in (lambda: cli.work(["up"], marker=marker), lambda: cli.attached(["about"])):
        run()
        assert not processes.alive(int((fake_pulumi.directory / "plugin").read_text()))


@pytest.mark.parametrize(
    ("words", "has_file"),
    [
        (["up", "--yes"], True),
        (["config", "get", "slate:domain"], True),
        (["stack", "output"], False),
        (["up", "--config-file", "mine"], False),
        (["up", "--config-file=mine"], False),
    ],
)
def test_any_command_gets_the_configuration_file_where_it_takes_one(fake_pulumi, tmp_path, words, has_file):
    fake_pulumi.cli(tmp_path, config_file=tmp_path / "merged.yaml").attached(words)

    assert fake_pulumi.calls[0]["words"] == words + (
        ["--config-file", str(tmp_path / "merged.yaml")] if has_file else []
    )


def test_any_command_returns_pulumis_exit_code(fake_pulumi, tmp_path):
    fake_pulumi.script({"preview": {"exit": 7}})

    assert fake_pulumi.cli(tmp_path).attached(["preview"]) == 7


RUN = """
import sys
from pathlib import Path
from tools.stack.pulumi import Pulumi
root = Path(sys.argv[1])
cli = Pulumi(binary=root / ".slate/bin/pulumi", root=root, stack="dev", environment={"PATH": sys.argv[2]})
print("outcome", cli.work(["up"], marker=root / "stacks/dev.running").exit_code, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_lets_pulumi_finish(fake_pulumi, tmp_path, marker, number):
    fake_pulumi.script({"up": {"graceful": True, "sleep": 600, "out": "at work"}})
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path), os.environ["PATH"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        deadline = time.monotonic() + 30
        while not marker.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    assert output.splitlines() == ["finishing", "outcome 1"]
    assert not marker.exists()
