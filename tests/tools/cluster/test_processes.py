import os
import signal
import subprocess
import sys

import pytest

from tools.cluster import processes
from tools.cluster.processes import Identity

SLEEP = [sys.executable, "-c", "import time; print('on', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(600)",
]


@pytest.fixture
def start():
    started = []

    def run(command, **options):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_process_is_known_by_pid_and_start_time(start):
    process = start(SLEEP)

    identity = processes.identify(process.pid)

    assert identity is not None
    assert processes.is_alive(identity)
    assert Identity.from_json(identity.as_json()) == identity
    assert not processes.is_alive(Identity(identity.pid, identity.started + 1, identity.boot))
    assert not processes.is_alive(Identity(identity.pid, identity.started, "another boot"))
    assert not processes.is_alive(None)


def test_a_process_that_has_ended_but_was_not_waited_for_is_not_alive(start, until):
    process = start(SLEEP)
    identity = processes.identify(process.pid)

    os.kill(process.pid, signal.SIGKILL)

    until("the process is gone", lambda: processes.identify(process.pid) is None)
    assert not processes.is_alive(identity)


@pytest.mark.parametrize(
    "value", [None, 7, {}, {"pid": "1", "started": 2, "boot": "x"}, {"pid": -1, "started": 2, "boot": "x"}]
)
def test_a_damaged_identity_is_none(value):
    assert Identity.from_json(value) is None


def test_end_leaves_a_process_alone_that_only_has_the_same_pid(start):
    process = start(SLEEP)
    identity = processes.identify(process.pid)
    assert identity is not None

    processes.end([Identity(identity.pid, identity.started - 1, identity.boot)], patience=1)

    assert process.poll() is None


@pytest.mark.parametrize(("command", "number"), [(SLEEP, signal.SIGTERM), (STUBBORN, signal.SIGKILL)])
def test_end_asks_first_and_kills_then(start, command, number):
    process = start(command)
    identity = processes.identify(process.pid)
    assert identity is not None

    processes.end([identity], patience=0.5)

    assert process.wait(10) == -number


def test_a_child_ends_with_its_parent_however_that_ends(start, until):
    code = (
        "import subprocess, sys, time; from tools.cluster.processes import end_with_parent;"
        f"child = subprocess.Popen({SLEEP!r}, preexec_fn=end_with_parent(), stdout=subprocess.PIPE);"
        "child.stdout.readline(); print('on', flush=True); print(child.pid, flush=True); time.sleep(600)"
    )
    parent = start([sys.executable, "-c", code])
    child = processes.identify(int(parent.stdout.readline()))
    assert processes.is_alive(child)

    os.kill(parent.pid, signal.SIGKILL)

    until("the child is gone", lambda: not processes.is_alive(child))
