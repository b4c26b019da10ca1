"""An `up` that is killed in the middle, and what the next one makes of it."""

import json
import os
import signal
import subprocess
from typing import Any

import pytest

from tests.acceptance.clone import TIMEOUT, Clone, eventually, states
from tools.stack import processes

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def running(clone: Clone) -> Clone:
    """A clone whose cluster runs and whose stack has been applied once."""
    clone.write_settings()
    clone.run("up")
    return clone


def marker(clone: Clone) -> dict[str, Any]:
    """What the run in hand has written about itself."""
    path = clone.slate / "stacks" / "dev.running"
    return json.loads(path.read_text()) if path.exists() else {}


def locks(clone: Clone) -> list[str]:
    return [path.name for path in (clone.slate / "state" / ".pulumi" / "locks").rglob("*.json")]


def at_work(clone: Clone, sign: str, process: "subprocess.Popen[str]", *where: str) -> int:
    """Wait until the run has made an object; returns the id of Pulumi's process."""

    def there() -> bool:
        assert process.poll() is None, process.communicate()[0]
        return bool(marker(clone)) and sign in clone.names(*where or ("namespaces",))

    eventually(there, f"{sign} exists while `up` runs")
    return marker(clone)["pid"]


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("project", "checkpoints"), [("speech", "written once at the end"), ("sound", "written after every step")]
)
def test_a_killed_up_is_completed_by_the_next_one(running, project, checkpoints):
    clone = running
    clone.variables = {"PULUMI_SKIP_CHECKPOINTS": "false"} if "every" in checkpoints else {}
    users = [f"{project}-{number}" for number in range(6)]
    clone.settings["config"]["slate:projects"].append(
        {
            "name": project,
            "quota": {"cpu": 12, "memory": "48Gi", "storage": "100Gi", "ephemeralStorage": "150Gi", "workspaces": 10},
            "protected": False,
            "workspaces": [{"name": user, "user": user} for user in users],
        }
    )
    clone.write_settings()
    process = clone.start("up")
    pid = at_work(clone, users[0], process, "statefulsets", "--all-namespaces")
    run = marker(clone)["run"]

    # The command and Pulumi at once, as the out-of-memory killer or a closed laptop would; the program and the
    # plugins are left to themselves.
    kill([process.pid, pid])
    process.communicate(timeout=TIMEOUT)
    assert locks(clone)

    said = clone.run("up")

    assert "interrupted" in said
    assert "removed the lock" in said
    assert "adopted" in said
    assert locks(clone) == []
    assert processes.with_variable("SLATE_RUN", run) == []
    assert set(users) <= clone.names("statefulsets", "--namespace", f"ws-{project}")
    clone.variables = {}


def test_after_a_recovery_there_is_nothing_more_to_do(running):
    said = running.run("up")

    assert "interrupted" not in said
    assert "unchanged" in said
    assert not any(word in said for word in (" created", " updated", " deleted", " replaced"))


def test_a_run_that_is_still_at_work_is_not_disturbed(running):
    clone = running
    clone.project("speech")["workspaces"].append({"name": "late", "user": "late"})
    clone.settings["config"]["slate:projects"].append(
        {
            "name": "robots",
            "quota": {"cpu": 4, "memory": "16Gi", "storage": "50Gi", "ephemeralStorage": "50Gi", "workspaces": 2},
            "protected": False,
            "workspaces": [{"name": "zoe", "user": "zoe"}],
        }
    )
    clone.write_settings()
    process = clone.start("up")
    pid = at_work(clone, "ws-robots", process)
    # Stopped, not ended: a run that takes its time.
    os.kill(pid, signal.SIGSTOP)
    try:
        held = clone.run("up", code=1)
        # Now only the command is gone, and Pulumi goes on by itself (and keeps the pipe of its output open).
        kill([process.pid])
        process.wait()
        alone = clone.run("up", code=1)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert f"process {process.pid}" in held
    assert f"kill -INT {pid}" in alone
    process.communicate(timeout=TIMEOUT)
    eventually(lambda: not processes.alive(pid), "Pulumi has finished by itself")
    assert "zoe" in states(clone.run("up"))


def test_an_interrupted_run_ends_in_good_order_and_the_next_one_needs_no_recovery(running):
    clone = running
    clone.project("robots")["workspaces"].append({"name": "yan", "user": "yan"})
    clone.settings["config"]["slate:projects"].append(
        {
            "name": "maps",
            "quota": {"cpu": 4, "memory": "16Gi", "storage": "50Gi", "ephemeralStorage": "50Gi", "workspaces": 2},
            "protected": False,
            "workspaces": [{"name": "xia", "user": "xia"}],
        }
    )
    clone.write_settings()
    process = clone.start("up")
    at_work(clone, "ws-maps", process)

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT)

    assert process.returncode == 130
    assert marker(clone) == {}
    assert locks(clone) == []
    said = clone.run("up")
    assert "interrupted" not in said
    assert {"xia", "yan"} <= states(said).keys()
