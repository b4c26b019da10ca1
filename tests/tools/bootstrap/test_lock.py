import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bootstrap.errors import CancelledError
from tools.bootstrap.lock import locked
from tools.paths import ROOT

HOLDER = """
import sys, time
from pathlib import Path
from tools.bootstrap.lock import locked
with locked(Path(sys.argv[1]), print):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_waits_for_another_process_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    said: list[str] = []
    with hold(path, 1) as other, locked(path, said.append):
        ended = other.poll() is not None or other.wait(timeout=30) == 0

    assert ended
    assert said == [f"waiting for another bootstrap (pid {other.pid})"]


def test_says_nothing_when_the_lock_is_free(tmp_path: Path) -> None:
    said: list[str] = []

    with locked(tmp_path / "new" / "lock", said.append):
        pass

    assert said == []


def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    said: list[str] = []
    with hold(path, 600) as other:
        other.send_signal(signal.SIGKILL)
        other.wait(timeout=30)
        with locked(path, said.append):
            pass

    assert said == []


def test_the_wait_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def stop() -> None:
        raise CancelledError("stopped")

    with hold(path, 600) as other:
        with pytest.raises(CancelledError, match="stopped"), locked(path, lambda _: None, stop):
            pass
        other.kill()
