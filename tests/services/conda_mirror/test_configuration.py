import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.configuration import parse_duration, read_configuration
from services.conda_mirror.errors import ConfigurationError
from tests.services.conda_mirror.support import run

FORGE = {"name": "conda-forge", "url": "https://conda.anaconda.org/conda-forge"}


def _write(folder: Path, text: str) -> Path:
    path = folder / "mirror.yml"
    path.write_text(text)
    return path


def test_a_full_file(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    for name in ("b.lock", "a.lock", "other.txt"):
        (tmp_path / "locks" / name).write_text("")
    path = _write(
        tmp_path,
        """
        channels:
          - {name: fixture, url: https://slate.invalid/fixture, source: file:///somewhere}
          - {name: conda-forge, url: https://conda.anaconda.org/conda-forge/}
        platforms: [linux-64, linux-aarch64]
        take: {locks: [locks/*.lock], specs: ["numpy <2.3"]}
        excludeNewer: 2026-11-01
        licences: {deny: [AGPL-3.0-only]}
        jobs: 4
        grace: 3d
        """,
    )

    configuration = read_configuration(path)

    assert configuration.channels == (
        ChannelSource("fixture", "https://slate.invalid/fixture", "file:///somewhere"),
        ChannelSource("conda-forge", "https://conda.anaconda.org/conda-forge/"),
    )
    assert configuration.channels[1].canonical == "https://conda.anaconda.org/conda-forge"
    assert configuration.platforms == ("linux-64", "linux-aarch64")
    assert configuration.locks == (tmp_path / "locks/a.lock", tmp_path / "locks/b.lock")
    assert configuration.specs == ("numpy <2.3",)
    assert configuration.exclude_newer == datetime(2026, 11, 1, tzinfo=UTC)
    assert (configuration.deny, configuration.jobs, configuration.grace) == (("AGPL-3.0-only",), 4, timedelta(days=3))


def test_json_says_the_same_as_yaml(tmp_path: Path) -> None:
    content = {"channels": [FORGE], "take": {"specs": ["numpy"]}, "excludeNewer": "7d"}
    one, other = tmp_path / "one.json", tmp_path / "other.yml"
    one.write_text(json.dumps(content))
    other.write_text(
        f"channels: [{{name: conda-forge, url: '{FORGE['url']}'}}]\ntake: {{specs: [numpy]}}\nexcludeNewer: 7d"
    )

    first, second = read_configuration(one), read_configuration(other)

    assert (first.channels, first.specs, first.exclude_newer) == (second.channels, second.specs, timedelta(days=7))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"channels": []}, "`channels`: must be a list of {name, url, source?}"),
        ({"channels": [{**FORGE, "name": "Upper"}]}, "`channels[0].name`: `Upper` must be lower-case"),
        ({"channels": [{**FORGE, "name": "latest"}]}, "none of latest"),
        ({"channels": [{**FORGE, "url": "conda-forge"}]}, "`channels[0].url`: `conda-forge` must start with https://"),
        ({"channels": [{**FORGE, "url": "https://me:secret@host/x"}]}, "holds a user or password"),
        ({"channels": [{**FORGE, "sauce": "x"}]}, "`channels[0].sauce`: no such setting; allowed: name, url, source"),
        ({"channels": [FORGE, FORGE]}, "name `conda-forge` is there twice"),
        ({"platforms": ["win-64"]}, "`win-64` must be one of linux-64, linux-aarch64 (noarch comes along)"),
        ({"platforms": []}, "name at least one of linux-64, linux-aarch64"),
        ({"take": {}}, "nothing would be taken"),
        ({"take": {"specs": "numpy"}}, "`take.specs`: must be a list of text"),
        ({"take": {"locks": ["nothing.lock"]}}, "`take.locks`: no file "),
        ({"take": {"everything": True}}, "`take.everything`: no such setting; allowed: locks, environments, specs"),
        ({"excludeNewer": "soon"}, "`excludeNewer`: `soon` must be an age (7d) or a date (2026-11-01)"),
        ({"licences": ["MIT"]}, "`licences`: must be a mapping of deny"),
        ({"jobs": 0}, "`jobs`: 0 must be a whole number from 1 to 64"),
        ({"jobs": True}, "`jobs`: True must be"),
        ({"grace": "long"}, "`grace`: `long` is not a duration such as 30m, 12h, 7d or 2w"),
        ({"chanels": []}, "`chanels`: no such setting; allowed: channels,"),
    ],
)
def test_each_mistake_is_named(change: dict[str, Any], problem: str, tmp_path: Path) -> None:
    path = _write(tmp_path, json.dumps({"channels": [FORGE], "take": {"specs": ["numpy"]}, **change}))

    with pytest.raises(ConfigurationError) as raised:
        read_configuration(path)

    assert str(raised.value).startswith(f"{path}: ")
    assert problem in str(raised.value)
    assert "secret" not in str(raised.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    path = _write(tmp_path, json.dumps({"channels": [], "platforms": ["x"], "jobs": "y"}))

    with pytest.raises(ConfigurationError, match="3 problem"):
        read_configuration(path)


@pytest.mark.parametrize("text", ["[]", "a: [", "{", "null"])
def test_what_is_no_mapping(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"mirror\.yml: "):
        read_configuration(_write(tmp_path, text))


def test_the_command_has_one_message(tmp_path: Path) -> None:
    done = run("sync", "--config", tmp_path / "nothing.yml", "--root", tmp_path / "mirror")

    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path}/nothing.yml: cannot be read")
    assert "Traceback" not in done.stderr


def test_an_age_counts_in_whole_hours(tmp_path: Path) -> None:
    path = _write(tmp_path, json.dumps({"channels": [FORGE], "take": {"specs": ["x"]}, "excludeNewer": "1d"}))

    cutoff = read_configuration(path).cutoff(datetime(2026, 11, 2, 10, 59, 59, tzinfo=UTC))

    assert cutoff == datetime(2026, 11, 1, 10, tzinfo=UTC)


@given(st.integers(0, 10_000), st.sampled_from("mhdw"))
def test_durations(number: int, unit: str) -> None:
    minutes = {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit]

    assert parse_duration(f"{number}{unit}") == timedelta(minutes=number * minutes)


@given(st.text(max_size=8))
def test_what_is_no_duration(text: str) -> None:
    if re.fullmatch(r"\s*\d+[mhdw]\s*", text):
        return

    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)
