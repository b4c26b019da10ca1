import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.fixture_channel import FixtureChannel, FixtureChannelError, __main__
from tools.paths import ROOT


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["fixture_channel", *arguments])
    return __main__.main()


def test_the_folder_is_the_last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    channel = FixtureChannel(tmp_path / "channel", "key", "linux-64", ("3.10",), {}, "2.36")
    monkeypatch.setattr(__main__, "ensure", lambda *_: channel)

    code = run(monkeypatch, "build", "--out", str(tmp_path))

    assert code == 0
    assert capsys.readouterr().out == f"{channel.path}\n"


def test_what_cannot_be_built_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> FixtureChannel:
        raise FixtureChannelError("no CPython here")

    monkeypatch.setattr(__main__, "ensure", fail)

    code = run(monkeypatch, "build", "--out", str(tmp_path))

    assert code == 1
    assert capsys.readouterr().err == "error: no CPython here\n"


def test_uv_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(monkeypatch, "lock", "--uv", "/no/such/uv", "--python", "3.10")

    assert code == 1
    assert "/no/such/uv is not there" in capsys.readouterr().err


def test_a_machine_without_python_is_told_as_a_program(tmp_path: Path) -> None:
    """As a user would see it."""
    command = [sys.executable, "-c", _WITHOUT_PYTHON, "build", "--out", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))

    assert result.returncode == 1
    assert result.stderr.startswith("error: No CPython from 3.10 to ")
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


_WITHOUT_PYTHON = """
import sys
from tools.fixture_channel import __main__, interpreters
interpreters.prefixes = lambda environ: iter(())
sys.exit(__main__.main())
"""
