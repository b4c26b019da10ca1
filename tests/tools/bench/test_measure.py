"""Measuring real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.bench import measure
from tools.cluster.processes import alive
from tools.paths import ROOT

# A process named like the provider, holding 64 MB for a moment.
CHILD = "import time; held = bytearray(64 << 20); time.sleep(0.5)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}, 'resource-kubernetes'], check=True)"


def run(*command: str) -> measure.Measured:
    return measure.run([sys.executable, *command], cwd=Path("/"), environment=os.environ)


def test_output_and_memory_of_the_whole_family_are_measured():
    found = run("-c", PARENT + "; print('done')")

    assert found.output == "done\n"
    assert found.seconds > 0
    assert found.peak_megabytes["provider"] > 60
    assert 0 < found.peak_megabytes["cli"] < found.peak_megabytes["provider"]


def test_failed_command_shows_the_end_of_what_it_said():
    with pytest.raises(measure.MeasureError, match=r"ended with 3:\nsomething broke"):
        run("-c", "import sys; print('something broke'); sys.exit(3)")


def test_whoever_is_interrupted_leaves_no_child_behind(tmp_path):
    file = tmp_path / "pid"
    waiting = f"import os, pathlib, time; pathlib.Path({str(file)!r}).write_text(str(os.getpid())); time.sleep(600)"
    measured = f"measure.run([sys.executable, '-c', {waiting!r}], cwd=pathlib.Path('/'), environment=os.environ)"
    program = f"import os, sys, pathlib\nfrom tools.bench import measure\n{measured}"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not (file.exists() and file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)

        process.send_signal(signal.SIGINT)
        process.wait(60)

    assert not alive(int(file.read_text()))
