"""Fixtures of the tier `images`: everything is made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import binaries


@pytest.fixture(scope="package")
def image_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator["object"]:
    """Registry, mirror and builder."""
    from tests.images import rig

    with rig.running(tmp_path_factory.mktemp("images"), binaries()) as running:
        yield running


def _unpacked(image_rig, folder: Path, layer: str):
    from tests.images import rootfs
    from tests.images.workspace import Unpacked

    image = rootfs.from_registry(image_rig.image(layer))
    return Unpacked(image, rootfs.unpack(image, folder / "root"), image_rig.binaries / "runc")


@pytest.fixture(scope="package")
def default_image(image_rig, tmp_path_factory: pytest.TempPathFactory):
    """The image of the environment `default`, unpacked."""
    return _unpacked(image_rig, tmp_path_factory.mktemp("default"), "default")


@pytest.fixture(scope="package")
def platform_image(image_rig, tmp_path_factory: pytest.TempPathFactory):
    """The image of the in-cluster programs, unpacked."""
    return _unpacked(image_rig, tmp_path_factory.mktemp("platform"), "platform")


@pytest.fixture(scope="module")
def workspace(default_image, tmp_path_factory: pytest.TempPathFactory) -> Iterator["object"]:
    """A running workspace, shared by the tests of a module that break nothing."""
    from tests.images.workspace import started

    with started(default_image, tmp_path_factory.mktemp("workspace")) as running:
        running.wait_until_ready()
        yield running
