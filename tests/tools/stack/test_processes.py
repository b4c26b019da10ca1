import os
import signal
import subprocess
import sys
import time
import uuid

import pytest

from tools.stack import processes

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


@pytest.fixture
def start():
    started = []

    def start_process(code="import time; print('up', flush=True); time.sleep(600)", **variables):
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, **variables}
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield start_process
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_this_process_is_alive_and_started_in_the_past():
    assert processes.alive(os.getpid())
    began = processes.started_at(os.getpid())
    assert began is not None
    assert began <= time.time() + 1


def test_start_times_tell_processes_apart(start):
    before, after = processes.started_at(os.getpid()), processes.started_at(start().pid)

    assert before is not None
    assert after is not None
    assert before <= after


def test_an_ended_process_is_not_alive_even_before_it_is_reaped(start):
    process = start()
    process.kill()
    deadline = time.monotonic() + 30
    while processes.alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not processes.alive(process.pid)


@pytest.mark.parametrize("pid", [0, -1, -99])
def test_what_is_no_process_id_is_not_alive(pid):
    assert not processes.alive(pid)


def test_ending_processes_reaches_those_that_do_not_listen(start):
    listens, does_not = start(), start(STUBBORN)

    ended = processes.end([listens.pid, does_not.pid], patience=1.0)

    assert ended == [listens.pid, does_not.pid]
    assert listens.wait(timeout=30) == -signal.SIGTERM
    assert does_not.wait(timeout=30) == -signal.SIGKILL


def test_ending_what_has_ended_does_nothing(start):
    process = start()
    process.kill()
    process.wait()

    assert processes.end([process.pid]) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_processes_are_found_by_a_variable_of_their_environment(start):
    run = f"run-{uuid.uuid4()}"
    mine, other = start(SLATE_RUN=run), start(SLATE_RUN=f"{run}2")

    assert processes.with_variable("SLATE_RUN", run) == [mine.pid]
    assert processes.with_variable("SLATE_RUN", f"{run}2") == [other.pid]
