from pathlib import Path

import pytest

from tests.tools.fixture_channel.support import write_wheel
from tools.fixture_channel import FixtureChannelError
from tools.fixture_channel.convert import Conversion
from tools.fixture_channel.workers import Workers


def conversion(wheel: Path) -> Conversion:
    return Conversion(wheel, "a", "1.0", None, ("python",), "MIT", "", True, False, "linux-64")


def test_packages_are_made_in_other_processes(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "a")
    (tmp_path / "scratch").mkdir()
    workers = Workers(2, tmp_path / "channel", tmp_path / "scratch", tmp_path / "log")
    try:
        records = [workers.convert(conversion(wheel)) for _ in range(3)]
    finally:
        workers.end()

    assert {record["name"] for record in records} == {"a"}
    assert (tmp_path / "channel/noarch/a-1.0-py_0.conda").is_file()


def test_a_process_that_fails_names_the_wheel_and_the_log(tmp_path: Path) -> None:
    broken = tmp_path / "a-1.0-py3-none-any.whl"
    broken.write_text("no archive")
    (tmp_path / "scratch").mkdir()
    workers = Workers(1, tmp_path / "channel", tmp_path / "scratch", tmp_path / "log")
    try:
        for _ in range(2):
            with pytest.raises(FixtureChannelError, match=r"a-1\.0-py3-none-any\.whl cannot be made"):
                workers.convert(conversion(broken))
    finally:
        workers.end()

    assert "Traceback" in (tmp_path / "log").read_text()
