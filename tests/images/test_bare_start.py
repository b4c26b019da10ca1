"""What cold starts are compared with: JupyterLab from the image's files, without a container."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.paths import ROOT

pytestmark = pytest.mark.images


@pytest.mark.parametrize("how", ["stock", "same"])
def test_jupyterlab_starts_from_the_files_of_the_image_and_leaves_nothing(default_image, tmp_path, how):
    (tmp_path / "empty").mkdir()
    layers = f"{tmp_path / 'empty'}:{default_image.root}"
    inner = [sys.executable, "-m", "tools.bench.bare_start", f"--layers={layers}", f"--start={how}"]

    done = subprocess.run(
        [sys.executable, "-m", "tools.local.fence", "--", *inner],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["processor_seconds"] > 0
    assert found["seconds"] > 0
    assert "slate-bench-" not in Path("/proc/self/mountinfo").read_text()
    assert not (default_image.root / "home/workspace/.jupyter").exists()


def test_an_image_without_jupyterlab_says_why_it_does_not_start(platform_image, tmp_path):
    (tmp_path / "empty").mkdir()
    layers = f"{tmp_path / 'empty'}:{platform_image.root}"
    inner = [sys.executable, "-m", "tools.bench.bare_start", f"--layers={layers}", "--start=stock"]

    done = subprocess.run(
        [sys.executable, "-m", "tools.local.fence", "--", *inner],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 1
    assert "No module named jupyterlab" in done.stderr
