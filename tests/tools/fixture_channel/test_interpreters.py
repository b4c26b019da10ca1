from pathlib import Path

import pytest

from tests.tools.fixture_channel.support import write_interpreter
from tools.fixture_channel import FixtureChannelError
from tools.fixture_channel.interpreters import choose, prefixes

SUPPORTED = ("3.10", "3.11", "3.12", "3.13")


def versions(wanted: tuple[str, ...], folders: list[Path]) -> dict[str, str]:
    chosen = choose(wanted, SUPPORTED, {}, folders)
    return {want: interpreter.version for want, interpreter in chosen.items()}


def test_the_wanted_versions_are_taken_where_they_are(tmp_path: Path) -> None:
    folders = [write_interpreter(tmp_path / version, version) for version in ("3.9.1", "3.10.13", "3.11.7", "3.12.1")]

    assert versions(("3.10", "3.12"), folders) == {"3.10": "3.10.13", "3.12": "3.12.1"}


def test_the_oldest_newer_one_stands_for_a_missing_version(tmp_path: Path) -> None:
    folders = [write_interpreter(tmp_path / version, version) for version in ("3.9.1", "3.13.0", "3.11.7")]

    assert versions(("3.10", "3.12"), folders) == {"3.10": "3.11.7", "3.12": "3.13.0"}


def test_an_older_one_stands_for_nothing(tmp_path: Path) -> None:
    folders = [write_interpreter(tmp_path / "a", "3.11.7")]

    assert versions(("3.10", "3.12"), folders) == {"3.10": "3.11.7"}


def test_the_first_place_wins(tmp_path: Path) -> None:
    folders = [write_interpreter(tmp_path / version, version) for version in ("3.10.1", "3.10.13")]

    assert versions(("3.10",), folders) == {"3.10": "3.10.1"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"implementation": "PyPy"}, "is PyPy, not CPython"),
        ({"missing": ["ssl", "lzma"]}, "was built without ssl, lzma"),
        ({"free": True}, "is a free-threaded build"),
        ({"prefix": "/elsewhere"}, "belongs to /elsewhere"),
    ],
)
def test_one_that_does_not_do_is_named_with_the_reason(tmp_path: Path, answer: dict[str, object], said: str) -> None:
    folder = write_interpreter(tmp_path / "a", "3.10.13", **answer)

    with pytest.raises(FixtureChannelError) as raised:
        versions(("3.10",), [folder])

    assert said in str(raised.value)
    assert "SLATE_PYTHON_PREFIXES=" in str(raised.value)


def test_one_that_does_not_run_gives_way_to_the_next(tmp_path: Path) -> None:
    broken = write_interpreter(tmp_path / "a", "3.10.13")
    (broken / "bin" / "python3.10").write_text("#!/bin/sh\nexit 1\n")
    good = write_interpreter(tmp_path / "b", "3.10.2")

    assert versions(("3.10",), [broken, good]) == {"3.10": "3.10.2"}


def test_nothing_at_all_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(FixtureChannelError, match=r"(?s)No CPython from 3\.10 to 3\.13.*pyenv install 3\.10"):
        versions(("3.10",), [tmp_path])


def test_the_user_s_list_comes_before_pyenv_s_and_the_system_s(tmp_path: Path) -> None:
    for version in ("3.9.18", "3.10.13", "3.10.2"):
        (tmp_path / "versions" / version).mkdir(parents=True)
    environ = {"SLATE_PYTHON_PREFIXES": "/opt/one:/opt/two", "PYENV_ROOT": str(tmp_path)}

    found = [str(path).replace(str(tmp_path), "") for path in prefixes(environ)]

    pyenv = ["/versions/3.10.13", "/versions/3.10.2", "/versions/3.9.18"]
    assert found == ["/opt/one", "/opt/two", *pyenv, "/usr/local", "/usr"]
