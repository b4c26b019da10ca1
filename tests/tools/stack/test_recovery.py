import io
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime

import pytest

from tools.stack import processes, recovery
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress

PENDING = {"deployment": {"resources": [], "pending_operations": [{"type": "creating"}]}}
# Of this session alone: what a run left is looked for on the whole machine.
RUN = f"run-{uuid.uuid4()}"


@pytest.fixture
def layout(tmp_path):
    made = Layout(tmp_path)
    made.stacks.mkdir(parents=True)
    return made


@pytest.fixture
def cli(fake_pulumi, layout):
    fake_pulumi.script({"stack export": {"out": json.dumps(PENDING)}, "stack import": {"reads": True}})
    return fake_pulumi.cli(layout.root, PULUMI_BACKEND_URL=layout.state.as_uri())


@pytest.fixture
def worker():
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"],
        stdout=subprocess.PIPE,
        env={**os.environ, "SLATE_RUN": RUN},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def dead_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def mark(layout, pid, started=None, run="run-0"):
    layout.marker("dev").write_text(json.dumps({"pid": pid, "started": started, "run": run, "command": "up"}))


def lock(layout, pid, host=None):
    directory = layout.state / ".pulumi" / "locks" / "organization" / "slate" / "dev"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "0b0c.json"
    taken = datetime.now(UTC).isoformat()
    content = {"pid": pid, "username": "u", "hostname": host or socket.gethostname(), "timestamp": taken}
    path.write_text(json.dumps(content))
    return path


def clear(layout, cli):
    stream = io.StringIO()
    return recovery.clear(layout, cli, Progress(stream)), stream.getvalue()


def test_without_an_interrupted_run_nothing_is_done(layout, cli, fake_pulumi):
    assert clear(layout, cli) == (False, "")
    assert fake_pulumi.calls == []


def test_after_a_killed_run_its_lock_and_pending_operations_go_and_objects_are_to_be_adopted(layout, cli):
    pid = dead_process()
    mark(layout, pid)
    path = lock(layout, pid)

    adopt, said = clear(layout, cli)

    assert adopt
    assert not path.exists()
    assert "removed the lock" in said
    assert "cleared 1 pending" in said


def test_the_marker_stays_until_the_recovery_has_succeeded(layout, cli):
    mark(layout, dead_process())
    clear(layout, cli)
    assert recovery.interrupted(layout, "dev")

    recovery.finished(layout, "dev")

    assert not recovery.interrupted(layout, "dev")


def test_a_dead_lock_alone_is_enough_to_recover(layout, cli):
    lock(layout, dead_process())

    assert clear(layout, cli)[0]


def test_a_run_that_is_still_at_work_is_named_and_left_alone(layout, cli, worker):
    mark(layout, worker.pid, processes.started_at(worker.pid))
    path = lock(layout, worker.pid)

    with pytest.raises(StackProblem, match=f"kill -INT {worker.pid}"):
        clear(layout, cli)

    assert worker.poll() is None
    assert path.exists()


def test_a_live_lock_of_somebody_elses_run_is_left_alone(layout, cli, worker):
    path = lock(layout, worker.pid)

    with pytest.raises(StackProblem, match=f"process {worker.pid}"):
        clear(layout, cli)

    assert path.exists()


def test_a_lock_of_another_machine_is_left_alone_and_the_command_is_named(layout, cli):
    path = lock(layout, 1, host="build-server")

    with pytest.raises(StackProblem, match="cancel --yes"):
        clear(layout, cli)

    assert path.exists()


def test_a_process_that_only_has_the_same_number_is_not_taken_for_the_run(layout, cli, worker):
    mark(layout, worker.pid, time.time() - 3600)

    adopt, _ = clear(layout, cli)

    assert adopt
    assert worker.poll() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_a_killed_run_left_at_work_is_ended(layout, cli, worker):
    mark(layout, dead_process(), run=RUN)

    _, said = clear(layout, cli)

    assert worker.wait(timeout=30) != 0
    assert str(worker.pid) in said


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x", "run": 3}'])
def test_a_broken_marker_still_tells_of_an_interrupted_run(layout, cli, content):
    layout.marker("dev").write_text(content)

    assert clear(layout, cli)[0]


def test_locks_of_other_kinds_of_backends_are_pulumis_affair(layout, fake_pulumi):
    lock(layout, 1, host="build-server")

    cli = fake_pulumi.cli(layout.root, PULUMI_BACKEND_URL="s3://bucket")

    assert clear(layout, cli) == (False, "")


def repair(layout, cli):
    stream = io.StringIO()
    recovery.repair_backend(layout, "dev", cli.environment, Progress(stream))
    return stream.getvalue()


@pytest.fixture
def cut_off(layout):
    """A checksum file that a killed run had only begun."""
    path = layout.state / ".pulumi" / "stacks" / "slate" / "dev.json.attrs"
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.with_name("other.json.attrs").write_text("{}")
    return path


def test_a_cut_off_checksum_file_is_removed_after_a_killed_run_and_whole_ones_stay(layout, cli, cut_off):
    mark(layout, dead_process())
    log = layout.stacks / ".dev.run-0.events"
    log.write_text("{")

    said = repair(layout, cli)

    assert not cut_off.exists()
    assert cut_off.with_name("other.json.attrs").exists()
    assert "dev.json.attrs" in said
    assert not log.exists()


def test_files_of_a_run_at_work_are_left_alone(layout, cli, cut_off, worker):
    mark(layout, worker.pid, processes.started_at(worker.pid))

    assert repair(layout, cli) == ""

    assert cut_off.exists()


def test_without_an_interrupted_run_no_file_is_looked_at(layout, cli, cut_off):
    assert repair(layout, cli) == ""

    assert cut_off.exists()
