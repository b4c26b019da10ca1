import re
from pathlib import Path

import pytest

from tools.fixture_channel import FixtureChannelError
from tools.fixture_channel.inputs import HERE, read_inputs, read_wheel_list, supported_pythons, wheel_list
from tools.paths import ROOT


def test_there_are_wheels_for_every_python_from_the_oldest_wanted_on() -> None:
    supported = supported_pythons()

    assert set(read_inputs().pythons) <= set(supported)
    assert supported == tuple(f"3.{minor}" for minor in range(10, 10 + len(supported)))


@pytest.mark.parametrize("python", supported_pythons())
def test_every_wheel_is_pinned_by_hash_and_has_what_layers_need(python: str) -> None:
    wheels = read_wheel_list(wheel_list(python))

    asked = [line.partition("==")[0].strip() for line in (HERE / "wheels.in").read_text().splitlines()]
    assert {name for name in asked if name and not name.startswith("#")} <= set(wheels)
    assert all(wheel.hashes for wheel in wheels.values())


def test_the_oldest_python_has_the_last_packages_made_for_it() -> None:
    wheels = read_wheel_list(wheel_list("3.10"))

    assert wheels["numpy"].version == "2.2.6"
    assert wheels["pandas"].version == "2.3.3"


def test_images_install_with_the_library_that_the_mirror_uses() -> None:
    runtime = (ROOT / "requirements" / "runtime.in").read_text()

    version = re.search(r"^py-rattler==(\S+)", runtime, re.MULTILINE)

    assert version is not None
    assert {read_wheel_list(wheel_list(python))["py-rattler"].version for python in supported_pythons()} == {version[1]}


@pytest.mark.parametrize("path", sorted(HERE.glob("wheels*")), ids=lambda path: path.name)
def test_no_list_names_a_host(path: Path) -> None:
    assert "://" not in path.read_text()


def test_a_package_without_hash_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wheels-py310.txt"
    path.write_text("good==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\nbad==2.0\n")

    with pytest.raises(FixtureChannelError, match=r"bad has no hash.*tools\.fixture_channel lock"):
        read_wheel_list(path)


@pytest.mark.parametrize(
    ("package", "name"), [("Typing_Extensions", "typing_extensions"), ("tzdata", "python-tzdata"), ("NumPy", "numpy")]
)
def test_packages_have_the_names_of_conda_forge(package: str, name: str) -> None:
    assert read_inputs().conda_name(package) == name
