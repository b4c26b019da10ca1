import signal
import subprocess
import sys
import threading
import time

from tools.observability import periodically
from tools.paths import ROOT

APPEND = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text() + 'x' if p.exists() else 'x')"


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_command_runs_again_and_again_until_it_is_stopped(tmp_path):
    file, stopped = tmp_path / "runs", threading.Event()
    command = [sys.executable, "-c", APPEND, str(file)]
    thread = threading.Thread(target=periodically.run, args=(command, 0.1, stopped))

    thread.start()
    until(lambda: file.exists() and len(file.read_text()) >= 3)
    stopped.set()
    thread.join(60)
    runs = file.read_text()
    time.sleep(0.5)

    assert not thread.is_alive()
    assert file.read_text() == runs


def test_a_run_that_fails_is_told_and_does_not_end_it(tmp_path):
    file = tmp_path / "runs"
    failing = f"{APPEND}; sys.exit(3)"
    command = [sys.executable, "-m", "tools.observability.periodically", "--seconds", "0.1", "--"]
    with subprocess.Popen(
        [*command, sys.executable, "-c", failing, str(file)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        until(lambda: file.exists() and len(file.read_text()) >= 2)

        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "failed with exit status 3" in said


def test_a_long_run_ends_with_it(tmp_path):
    file = tmp_path / "pid"
    sleeping = f"import os, time, pathlib; pathlib.Path({str(file)!r}).write_text(str(os.getpid())); time.sleep(600)"
    command = [sys.executable, "-m", "tools.observability.periodically", "--seconds", "600", "--"]
    with subprocess.Popen([*command, sys.executable, "-c", sleeping], cwd=ROOT) as process:
        until(lambda: file.exists() and file.read_text())

        process.send_signal(signal.SIGTERM)
        process.wait(60)

    assert process.returncode == 0
    until(lambda: subprocess.run(["kill", "-0", file.read_text()], capture_output=True, check=False).returncode)
