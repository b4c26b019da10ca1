"""The locks of the real fixture channel."""

from pathlib import Path

import pytest

from services.conda_mirror.rattler import read_lock
from tools import fixture_channel
from tools.fixture_channel import FixtureChannel
from tools.lock import make
from tools.lock.fixture import options_of
from tools.paths import SLATE


def test_a_missing_python_is_stood_for_by_the_channel_s(tmp_path: Path) -> None:
    channel = FixtureChannel(tmp_path, "key", "linux-64", ("3.11", "3.12"), {"3.10": "3.11"}, "2.41")

    options = options_of(channel, tmp_path)

    assert {"3.10": "3.11", "3.11": "3.11", "3.12": "3.12"}.items() <= options.pythons.items()
    assert options.virtual == {"glibc": "2.41"}
    assert options.content == "key"


def test_a_python_that_nothing_stands_for_is_none(tmp_path: Path) -> None:
    channel = FixtureChannel(tmp_path, "key", "linux-64", ("3.11",), {"3.10": "3.11"}, "2.36")

    pythons = options_of(channel, tmp_path).pythons

    assert (pythons["3.10"], pythons["3.11"], pythons["3.12"]) == ("3.11", "3.11", None)


@pytest.mark.images
def test_the_fixture_s_locks_are_chained_and_made_once(tmp_path: Path) -> None:
    channel = fixture_channel.ensure(SLATE, print)
    options = options_of(channel, tmp_path)

    made = make(options, print)
    again = make(options, print)

    assert again.changed == ()
    assert {"default", "platform"} <= set(made.layers)
    python = channel.python("3.10")
    assert python is not None
    tag = python.replace(".", "")
    chain = [f"base-py{tag}", f"common-py{tag}", "default"]
    urls = [
        {record.url for record in read_lock(tmp_path / "locks/fixture" / f"{name}.lock").records(channel.platform)}
        for name in chain
    ]
    assert urls[0] < urls[1] < urls[2]
    assert all(url.startswith(f"{fixture_channel.URL}/") for url in urls[2])
    assert all((channel.path / url.removeprefix(f"{fixture_channel.URL}/")).is_file() for url in urls[2])
