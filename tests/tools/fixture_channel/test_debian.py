import os
import shutil
from pathlib import Path

import pytest

from tools.fixture_channel import FixtureChannelError
from tools.fixture_channel.debian import conda_version, download
from tools.fixture_channel.inputs import Library

SSL = Library("openssl", (("libssl9", "libssl3"),), "Apache-2.0")


@pytest.mark.parametrize(
    ("debian", "conda"),
    [
        ("3.0.22-1~deb12u2", "3.0.22"),
        ("1:1.2.13.dfsg-1", "1.2.13"),
        ("12.2.0-14+deb12u1", "12.2.0"),
        ("6.4-4", "6.4"),
        ("1.3.dfsg+really1.3.1-1+b1", "1.3"),
        ("3.40.1-2+deb12u2", "3.40.1"),
    ],
)
def test_the_upstream_part_of_a_version(debian: str, conda: str) -> None:
    assert conda_version(debian) == conda


def tool(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/calls\n{script}\n')
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with programs of the test's own before the system's."""
    folder = tmp_path / "programs"
    tool(folder, "apt-cache", "echo libssl3")
    tool(folder, "apt-get", "for name in libssl3; do touch ${name}_1_all.deb; done")
    tool(folder, "dpkg-deb", "exit 0")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_the_name_that_this_release_has_is_downloaded(programs: Path, tmp_path: Path) -> None:
    found = download([SSL], tmp_path / "debs", print)

    assert [[path.name for path in paths] for paths in found] == [["libssl3_1_all.deb"]]
    calls = (programs / "calls").read_text()
    assert "download -q libssl3" in calls
    assert "update" not in calls


def test_package_lists_of_our_own_where_the_machine_has_none(programs: Path, tmp_path: Path) -> None:
    tool(
        programs,
        "apt-get",
        'case "$*" in *State::Lists*update*) ;; *State::Lists*download*) touch libssl3_1_all.deb ;; '
        "*) echo E: Unable to locate >&2; exit 100 ;; esac",
    )
    said: list[str] = []

    found = download([SSL], tmp_path / "debs", said.append)

    assert [[path.name for path in paths] for paths in found] == [["libssl3_1_all.deb"]]
    assert said == ["fetching Debian's package lists"]


def test_packages_that_cannot_be_had_are_one_message(programs: Path, tmp_path: Path) -> None:
    tool(programs, "apt-get", "echo 'E: Failed to fetch: no route to host' >&2; exit 100")

    with pytest.raises(FixtureChannelError) as raised:
        download([SSL], tmp_path / "debs", print)

    assert "Debian's packages cannot be had" in str(raised.value)
    assert "no route to host" in str(raised.value)
    assert "conda.upstreamChannels: [conda-forge]" in str(raised.value)


def test_a_system_without_apt_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(FixtureChannelError, match=r"apt-get is not here.*conda\.upstreamChannels"):
        download([SSL], tmp_path / "debs", print)
