"""The benchmark of the mirror, with real syncs and installations of a few small packages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench import measure, mirror
from tools.paths import ROOT


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    maker = ROOT / "tests/services/conda_mirror/make_channels.py"
    subprocess.run([sys.executable, maker, tmp_path / "channels"], check=True, cwd=ROOT, capture_output=True)
    return tmp_path / "channels" / "main"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_both_sides_are_measured_and_compared(channel: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench = mirror.Bench(channel, ["bar", "big"], work)

    bench.run(2)
    result = json.loads(bench.verdict())

    assert bench.packages == 3
    assert {what: len(seconds) for what, seconds in bench.seconds.items()} == {
        "sync": 2,
        "no-op sync": 2,
        "install from files, cold cache": 2,
        "install from mirror, cold cache": 2,
        "install from files, warm cache": 2,
        "install from mirror, warm cache": 2,
    }
    assert result["value"] == pytest.approx(result["median_seconds"]["install from mirror, cold cache"], abs=0.001)
    assert result["ratio"] == pytest.approx(result["value"] / result["against"], abs=0.1)
    assert "3 packages, 3 MB" in capsys.readouterr().err
    assert not list(work.glob("prefix-*"))


def test_goals_that_are_missed_are_told(channel: Path, work: Path) -> None:
    bench = mirror.Bench(channel, ["foo"], work)
    sides = [f"install from {side}, {state} cache" for side in ("mirror", "files") for state in ("cold", "warm")]

    bench.seconds = {what: [0.1] for what in ("sync", "no-op sync", *sides)}
    assert json.loads(bench.verdict())["met"]

    bench.seconds["no-op sync"] = [0.3]
    assert not json.loads(bench.verdict())["met"]


def test_a_sync_that_does_not_do_what_is_measured_is_an_error(channel: Path, work: Path) -> None:
    bench = mirror.Bench(channel, ["foo"], work)
    (channel / "noarch" / "foo-1.1-0.conda").unlink()

    with pytest.raises(measure.MeasureError, match=r"foo-1\.1-0\.conda is not there"):
        bench.run(1)
