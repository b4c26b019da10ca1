import os
import subprocess
import sys

import pytest

from tools.paths import ROOT
from tools.stack.exclusive import exclusive
from tools.stack.problem import StackProblem

HOLD = """
import sys, time
from pathlib import Path
from tools.stack.exclusive import exclusive
with exclusive(Path(sys.argv[1]), "dev"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "dev.lock")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_command_is_refused_and_told_by_whom(holder, tmp_path):
    with pytest.raises(StackProblem, match=f"process {holder.pid}"), exclusive(tmp_path / "dev.lock", "dev"):
        pytest.fail("two commands at once")


def test_a_killed_holder_does_not_stand_in_the_way(holder, tmp_path):
    holder.kill()
    holder.wait()

    with exclusive(tmp_path / "dev.lock", "dev"):
        assert (tmp_path / "dev.lock").read_text() == f"another command (process {os.getpid()})\n"


def test_stacks_do_not_stand_in_each_others_way(holder, tmp_path):
    with exclusive(tmp_path / "eks.lock", "eks"):
        assert holder.poll() is None


def test_the_lock_is_let_go_of_after_an_error(tmp_path):
    with pytest.raises(KeyError), exclusive(tmp_path / "dev.lock", "dev"):
        raise KeyError

    with exclusive(tmp_path / "dev.lock", "dev"):
        assert (tmp_path / "dev.lock").exists()
