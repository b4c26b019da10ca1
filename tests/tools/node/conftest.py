"""One real node for all tests of this folder that need it, with a registry and an image in it."""

from collections.abc import Iterator

import pytest

from tests.conftest import binaries
from tests.tools.node.support import Running


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A control plane, a registry with the Debian base image, and a node; all gone afterwards."""
    from tools.cluster import Cluster
    from tools.debian_base import ensure
    from tools.local import Local
    from tools.local.pushing import push_layout
    from tools.local.registry_client import Registry
    from tools.node import Node
    from tools.paths import SLATE

    folder = tmp_path_factory.mktemp("node")
    cluster = Cluster(folder / "cluster", binaries())
    local = Local(folder / "local", binaries())
    node = Node(folder / "node", binaries(), folder / "cluster")
    try:
        cluster.up(print)
        registry = local.up({"registry"}, print).registry
        image = push_layout(Registry(registry), "slate/debian", ensure(SLATE, print).directory)
        node.up(print, [int(registry.rpartition(":")[2])], [registry])
        yield Running(cluster, local, node, image, registry, binaries() / "kubectl")
    finally:
        node.down(delete_data=True)
        local.down(delete_data=True)
        cluster.down(delete_data=True)
