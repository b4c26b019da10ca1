import os
import signal
import sys

import pytest

from tools.cluster.components import Component
from tools.cluster.managed import MOST_QUICK_DEATHS, QUICK_DEATH_SECONDS, Managed
from tools.cluster.processes import is_alive


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def manage(tmp_path, clock):
    made = []

    def run(code, command=None):
        component = Component("program", tuple(command or (sys.executable, "-c", code)))
        managed = Managed(component, tmp_path / "program.log", tmp_path, {"PATH": os.environ["PATH"]}, clock)
        made.append(managed)
        managed.start()
        return managed

    yield run
    for managed in made:
        managed.terminate()
        managed.wait(5)


def test_a_running_component_is_known_by_its_process(manage):
    managed = manage("import time; time.sleep(600)")

    record = managed.record()

    assert (record.name, record.state, record.restarts) == ("program", "running", 0)
    assert record.process is not None
    assert managed.check() is None
    assert managed.seconds_until_due() is None


def test_one_that_is_killed_is_started_again_at_once_and_counted(manage, until):
    managed = manage("import time; time.sleep(600)")
    first = managed.record().process
    os.kill(first.pid, signal.SIGKILL)

    said = until("it is noticed", managed.check)
    assert said == "program was ended by SIGKILL; to be started again in 0 s"
    assert managed.record().process is None
    assert managed.check() == "program started again (restart 1)"

    record = managed.record()
    assert (record.state, record.restarts) == ("running", 1)
    assert record.process != first


def test_pauses_grow_and_the_fifth_quick_end_in_a_row_is_the_last(manage, clock, until):
    managed = manage("print('no disk'); raise SystemExit(3)")
    pauses = []
    for _ in range(MOST_QUICK_DEATHS - 1):
        until("it ended", managed.check)
        assert managed.state == "restarting"
        pauses.append(managed.seconds_until_due())
        if pauses[-1]:
            assert managed.check() is None  # not yet
        clock.now += pauses[-1]
        managed.check()

    said = until("it is given up", managed.check)

    assert pauses == [0, 1, 2, 3]
    assert managed.state == "failed"
    assert said == managed.message
    assert "program ended with exit status 3, for the 5th time in a row" in said
    assert "no disk" in said
    assert managed.check() is None


def test_one_that_has_run_for_a_while_starts_counting_anew(manage, clock, until):
    managed = manage("import time; time.sleep(600)")
    for _ in range(MOST_QUICK_DEATHS + 2):
        clock.now += QUICK_DEATH_SECONDS + 1
        os.kill(managed.record().process.pid, signal.SIGKILL)
        until("it is noticed", managed.check)
        managed.check()

    assert managed.state == "running"
    assert managed.restarts == MOST_QUICK_DEATHS + 2


def test_a_program_that_cannot_be_started_is_told(manage):
    managed = manage("", command=("/nonexistent/program",))

    assert managed.state == "restarting"
    assert managed.check() == "program cannot be started: No such file or directory; to be started again in 1 s"


def test_a_fresh_start_has_a_fresh_log_and_a_restart_appends(manage, tmp_path, until):
    (tmp_path / "program.log").write_text("of the last start\n")

    managed = manage("print('line'); raise SystemExit(1)")
    until("it ended", managed.check)
    managed.check()
    until("it ended again", managed.check)

    assert (tmp_path / "program.log").read_text() == "line\nline\n"
    assert (tmp_path / "program.log.1").read_text() == "of the last start\n"


def test_one_that_ignores_the_request_to_end_is_killed(manage, until, tmp_path):
    managed = manage("import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(600)")
    until("it ignores the signal", lambda: "on" in (tmp_path / "program.log").read_text())
    process = managed.record().process

    managed.terminate()
    managed.wait(0.5)

    assert managed.state == "stopped"
    assert not is_alive(process)


def test_it_gets_the_given_environment_only(manage, tmp_path, until):
    managed = manage("import os; print(sorted(set(os.environ) - {'LC_CTYPE'})); raise SystemExit(1)")

    until("it ended", managed.check)

    assert (tmp_path / "program.log").read_text() == "['PATH']\n"
