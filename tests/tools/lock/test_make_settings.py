"""What settings of environments and of the site make of the locks."""

import pytest

from tests.tools.lock.support import PACKAGES, Site
from tools.lock import LockError


def test_virtual_packages_are_given_and_not_those_of_this_machine(site: Site) -> None:
    site.environment("future", "future")

    with pytest.raises(LockError, match="__glibc"):
        site.make()
    site.layers(virtualPackages={"glibc": "99.1", "linux": "5.15"})
    site.make()

    assert "future" in site.versions("future")
    assert "__glibc=99.1=0" in (site.locks / "future.lock").read_text()


def test_only_an_environment_with_cuda_gets_packages_for_it(site: Site) -> None:
    site.environment("with-gpu", "gpu-model", cuda="12.4")
    site.make()
    site.environment("without-gpu", "gpu-model")

    with pytest.raises(LockError, match="__cuda"):
        site.make()

    assert "gpu-model" in site.versions("with-gpu")


def test_two_platforms_share_a_lock_and_have_lists_of_their_own(site: Site) -> None:
    site.packages(subdirs=("linux-64", "linux-aarch64"))
    site.layers(platforms=["linux-64", "linux-aarch64"])

    site.make()

    assert site.versions("default") == site.versions("default", "linux-aarch64")
    assert "/linux-aarch64/" in (site.locks / "default.linux-aarch64.explicit.txt").read_text()
    assert "/linux-aarch64/" not in (site.locks / "default.explicit.txt").read_text()


def test_the_package_manager_goes_into_the_base_layer(site: Site) -> None:
    site.packages([*PACKAGES, ("mamba", "2.5", ("python",))])

    site.make(package_manager="mamba")

    assert "mamba" in site.versions("base-py310")
    assert site.index()["options"]["packageManager"] == "mamba"


def test_packages_that_are_too_new_are_left_out(site: Site) -> None:
    site.packages()

    with pytest.raises(LockError, match="python"):
        site.make(exclude_newer="2024-12-31")
    site.make(exclude_newer="2025-01-02")

    assert site.index()["options"]["excludeNewer"] == "2025-01-02"


@pytest.mark.parametrize("text", ["soon", "7w", "2026-13-01"])
def test_an_age_that_is_none_is_refused(site: Site, text: str) -> None:
    with pytest.raises(LockError, match="must be an age such as 7d"):
        site.make(exclude_newer=text)


def test_a_python_of_the_channel_stands_for_a_missing_one(site: Site) -> None:
    site.environment("newer", python="3.12")

    made = site.make(pythons={"3.10": "3.12"})

    assert site.versions("default")["python"] == "3.12.1"
    assert set(made.layers) == {"base-py312", "common-py312", "default", "newer", "platform"}
    assert "locks: default asks for Python 3.10, the channel's 3.12 stands for it" in site.said


def test_an_environment_whose_python_is_missing_is_left_out_and_named(site: Site) -> None:
    site.environment("newer", python="3.12")

    for _ in range(2):
        made = site.make(pythons={"3.12": None})

        assert made.layers == ("base-py310", "common-py310", "default")
        assert made.left_out == ("newer (Python 3.12)", "platform (Python 3.12)")
        assert any("newer (Python 3.12) is left out" in line for line in site.said)
        site.said.clear()


def test_no_python_for_any_environment_is_an_error(site: Site) -> None:
    with pytest.raises(LockError, match="no Python for any environment"):
        site.make(pythons={"3.10": None, "3.12": None})
