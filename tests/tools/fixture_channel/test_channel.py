"""The cache: the channel is whole or not there, built once, and again when what goes in changes."""

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.fixture_channel.support import write_interpreter
from tools.fixture_channel import FixtureChannelError, build, channel, ensure


class Builder:
    """Stands for the build, which takes a minute and needs the network."""

    def __init__(self) -> None:
        self.built = 0
        self.failure: BaseException | None = None

    def __call__(self, *, channel: Path, downloads: Path, **_: Any) -> list[dict[str, str]]:
        self.built += 1
        downloads.mkdir(parents=True, exist_ok=True)
        (downloads / "a.whl").touch()
        (channel / "linux-64").mkdir(parents=True)
        (channel / "linux-64" / "a-1.0-0.conda").touch()
        if self.failure is not None:
            raise self.failure
        return [{"package": "libssl3"}]


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Builder:
    builder = Builder()
    monkeypatch.setattr(build, "build", builder)
    monkeypatch.setattr(channel, "_platform", lambda: "linux-64")
    return builder


@pytest.fixture
def pythons(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment variables that name these interpreters."""

    def named(*versions: str) -> dict[str, str]:
        folders = []
        for version in versions:
            folder = tmp_path / "pythons" / version
            if not folder.exists():
                write_interpreter(folder, version)
            folders.append(str(folder))
        return {"SLATE_PYTHON_PREFIXES": ":".join(folders), "PYENV_ROOT": str(tmp_path / "none")}

    return named


def folders(slate: Path) -> list[str]:
    cache = slate / "cache" / "fixture-channel"
    return sorted(path.name for path in cache.iterdir() if path.name != "lock")


def test_it_is_built_once(builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    said: list[str] = []
    environ = pythons("3.10.13", "3.12.1")

    first = ensure(tmp_path / "slate", said.append, environ)
    spoken = len(said)
    second = ensure(tmp_path / "slate", said.append, environ)

    assert builder.built == 1
    assert first == second
    assert first.pythons == ("3.10", "3.12")
    assert first.path == tmp_path / "slate/cache/fixture-channel" / first.key / "channel"
    assert (first.path / "linux-64" / "a-1.0-0.conda").exists()
    assert len(said) == spoken
    assert folders(tmp_path / "slate") == [first.key]


def test_another_python_makes_another_channel(
    builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    first = ensure(tmp_path / "slate", print, pythons("3.10.13", "3.12.1"))
    second = ensure(tmp_path / "slate", print, pythons("3.10.2", "3.12.1"))

    assert builder.built == 2
    assert first.key != second.key
    assert first.path.exists()  # the one before is kept, for going back


def test_channels_of_long_ago_are_deleted(
    builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    made = [ensure(tmp_path / "slate", print, pythons(f"3.10.{patch}", "3.12.1")) for patch in range(4)]

    assert builder.built == 4
    assert folders(tmp_path / "slate") == sorted(channel.key for channel in made[-2:])


FAILURES = [
    KeyboardInterrupt(),
    FixtureChannelError("no wheels"),
    OSError("disk full"),
    subprocess.CalledProcessError(2, ["dpkg-deb"], stderr="broken archive"),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_build_that_ends_early_leaves_downloads_alone(
    builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path, failure: BaseException
) -> None:
    environ = pythons("3.10.13", "3.12.1")
    builder.failure = failure

    with pytest.raises((KeyboardInterrupt, FixtureChannelError)):
        ensure(tmp_path / "slate", print, environ)
    left = folders(tmp_path / "slate")
    builder.failure = None
    ready = ensure(tmp_path / "slate", print, environ)

    assert left == ["downloads"]
    assert folders(tmp_path / "slate") == [ready.key]


def test_what_a_killed_build_left_is_cleaned_up(
    builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    left = tmp_path / "slate/cache/fixture-channel/.building-1"
    left.mkdir(parents=True)

    ready = ensure(tmp_path / "slate", print, pythons("3.10.13", "3.12.1"))

    assert builder.built == 1
    assert folders(tmp_path / "slate") == [ready.key]


def test_two_at_once_build_one(builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    environ = pythons("3.10.13", "3.12.1")
    ready = []
    threads = [
        threading.Thread(target=lambda: ready.append(ensure(tmp_path / "slate", print, environ))) for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert builder.built == 1
    assert len(ready) == 4


def test_a_python_that_stands_for_another_is_said(
    builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    said: list[str] = []

    ready = ensure(tmp_path / "slate", said.append, pythons("3.11.7", "3.13.0"))

    assert builder.built == 1
    assert ready.pythons == ("3.11", "3.13")
    assert (ready.python("3.10"), ready.python("3.12"), ready.python("3.13")) == ("3.11", "3.13", "3.13")
    assert any("no CPython 3.10 on this machine, 3.11 stands for it" in line for line in said)


def test_the_record_says_what_went_in(builder: Builder, pythons: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    ready = ensure(tmp_path / "slate", print, pythons("3.10.13", "3.12.1"))

    record = json.loads((ready.path.parent / "fixture.json").read_text())
    assert record["pythons"] == {"3.10": "3.10.13", "3.12": "3.12.1"}
    assert record["debian"] == [{"package": "libssl3"}]
    assert (record["packages"], builder.built) == (1, 1)


def test_another_system_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "darwin")

    with pytest.raises(FixtureChannelError, match=r"this is darwin.*conda\.upstreamChannels: \[conda-forge\]"):
        ensure(tmp_path, print)
