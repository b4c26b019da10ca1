"""The script that unpacks the first Python: it takes nothing that the lock does not vouch for."""

import os
import subprocess

import pytest

from tools.paths import ROOT


@pytest.mark.parametrize(
    ("explicit", "message"),
    [
        ("https://elsewhere.example/x/noarch/a-1-0.conda#sha256:" + "0" * 64, "belongs to none of the channels"),
        ("https://slate.invalid/fixture/noarch/a-1-0.conda", "has no sha256"),
        ("# nothing\n", "names no package"),
    ],
)
def test_bootstrap_refuses(tmp_path, explicit, message):
    script = tmp_path / "bootstrap.sh"
    script.write_text((ROOT / "images/workspace/bootstrap.sh").read_text())
    (tmp_path / "layer.channels.txt").write_text("fixture https://slate.invalid/fixture\n")
    (tmp_path / "layer.explicit.txt").write_text(explicit + "\n")

    done = subprocess.run(
        ["bash", str(script), str(tmp_path / "out")], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "MIRROR": "http://127.0.0.1:9"},
    )  # fmt: skip

    assert done.returncode == 1
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_bootstrap_needs_a_mirror(tmp_path):
    done = subprocess.run(
        ["bash", str(ROOT / "images/workspace/bootstrap.sh"), str(tmp_path)],
        capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip

    assert done.returncode == 1
    assert "MIRROR" in done.stderr
