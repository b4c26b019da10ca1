"""Measuring real processes."""

import os
import sys
from pathlib import Path

import pytest

from tools.bench import measure

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
