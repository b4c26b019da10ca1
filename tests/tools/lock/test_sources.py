import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.lock.support import LAYERS, URL, Site
from tools.fixture_channel.inputs import read_inputs
from tools.lock import LockError, channel
from tools.lock.options import ENVIRONMENTS, PLATFORM
from tools.lock.options import LAYERS as LAYERS_FILE
from tools.lock.sources import read_environments, read_layers, read_one
from tools.paths import ROOT


def test_the_repository_s_own_files_are_right() -> None:
    channels = [channel("conda-forge")]

    environments = {environment.name: environment for environment in read_environments(ENVIRONMENTS, channels)}

    assert environments["default"].python == "3.10"
    assert environments["python312"].python == "3.12"
    assert {environment.python for environment in environments.values()} <= set(read_inputs().pythons)
    assert "python" in read_layers(LAYERS_FILE, channels).base
    assert "aiohttp" in read_one(PLATFORM, channels, platform=True).specs


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"python": 3.10}, 'slate.python: `3.1` must be a quoted version such as "3.12"'),
        ({"python": "2.7"}, "slate.python: `2.7`"),
        ({"cuda": 12.4}, "slate.cuda: `12.4` must be a quoted version"),
        ({"detached": "yes"}, "slate.detached: `yes` must be true or false"),
        ({"requiredImports": "numpy"}, "slate.requiredImports: must be a list"),
        ({"requiredImports": ["import os"]}, "`import os` is not the name of a module"),
        ({"detach": True}, "slate.detach: is not understood; allowed: python, requiredImports, detached, cuda"),
    ],
)
def test_a_wrong_setting_of_an_environment(site: Site, change: dict[str, Any], said: str) -> None:
    path = site.environment("default", **change)

    with pytest.raises(LockError) as raised:
        site.make()

    assert str(path) in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("dependency", "said"),
    [
        ("python >=3.11", "Python's version is a setting here"),
        ("other::numeric", "picks a channel for itself"),
        ("https://host.example/x.conda", "is a URL or file"),
        ({"pip": ["rich"]}, "pip: rich cannot be locked from a conda channel"),
    ],
)
def test_a_dependency_that_cannot_be_locked(site: Site, dependency: Any, said: str) -> None:
    path = site.environment("default")
    content = yaml.safe_load(path.read_text())
    content["dependencies"].append(dependency)
    path.write_text(yaml.safe_dump(content))

    with pytest.raises(LockError) as raised:
        site.make()

    assert said in str(raised.value)


@pytest.mark.parametrize("channel_name", ["defaults", "bioconda"])
def test_a_channel_that_is_not_the_site_s(site: Site, channel_name: str) -> None:
    path = site.environment("default")
    path.write_text(path.read_text() + f"channels: [{channel_name}]\n")

    with pytest.raises(LockError, match=channel_name):
        site.make()


@pytest.mark.parametrize("name", ["platform", "base-py310", "common-x", "Upper", "a_b", "x" * 41])
def test_a_name_that_an_environment_cannot_have(site: Site, name: str) -> None:
    site.environment(name)

    with pytest.raises(LockError, match="the file's name"):
        site.make()


def test_the_name_in_the_file_is_that_of_the_file(site: Site) -> None:
    path = site.environment("default")
    path.rename(path.with_name("renamed.yml"))

    with pytest.raises(LockError, match="name: must be `renamed`, as the file's name says"):
        site.make()


def test_problems_of_all_environments_come_at_once(site: Site) -> None:
    site.environment("one", detached="no")
    site.environment("two", cuda=12)

    with pytest.raises(LockError) as raised:
        site.make()

    assert "one.yml: 1 problem(s)" in str(raised.value)
    assert "two.yml: 1 problem(s)" in str(raised.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base": ["pip"]}, "base: must contain `python`"),
        ({"common": "numeric"}, "common: must be a list"),
        ({"common": ["defaults::numeric"]}, "common: `defaults::numeric` picks a channel"),
        ({"platforms": ["win-64"]}, "platforms: `win-64` is not known; allowed: linux-64, linux-aarch64"),
        ({"virtualPackages": {"glibc": 2.36}}, "virtualPackages: versions must be quoted"),
        ({"virtualPackages": {"cuda": "12"}}, "virtualPackages: must be a mapping"),
        ({"requiredImports": {"top": []}}, "requiredImports: must be a mapping with the keys base and common"),
        ({"bases": []}, "`bases` is not understood"),
    ],
)
def test_a_mistake_in_the_lower_layers(site: Site, change: dict[str, Any], said: str) -> None:
    site.layers(**{**LAYERS, **change})

    with pytest.raises(LockError) as raised:
        site.make()

    assert "layers.yml: 1 problem(s)" in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize("text", ["- a\n", "a: [", ""])
def test_a_file_that_is_no_mapping(site: Site, text: str) -> None:
    (site.folder / "layers.yml").write_text(text)

    with pytest.raises(LockError, match=r"layers\.yml: (not YAML|must be a mapping)"):
        site.make()


def test_no_environment_at_all(site: Site) -> None:
    (site.folder / "environments" / "default.yml").unlink()

    with pytest.raises(LockError, match="no environment file"):
        site.make()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="cannot be read"):
        read_layers(tmp_path / "layers.yml", [channel("tiny", URL)])


def test_images_have_the_version_of_the_library_that_their_programs_are_tested_with() -> None:
    channels = [channel("conda-forge")]
    runtime = (ROOT / "requirements" / "runtime.in").read_text()
    version = re.search(r"^py-rattler==(\d+\.\d+)", runtime, re.MULTILINE)
    assert version is not None

    expected = f"py-rattler {version[1]}.*"

    assert expected in read_layers(LAYERS_FILE, channels).base
    assert expected in read_one(PLATFORM, channels, platform=True).specs
