from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import binaries as toolchain
from tests.tools.cluster.stages.objects import is_ready, node_object
from tests.tools.cluster.support import Kube, eventually
from tests.tools.observability import support
from tools.cluster import Cluster
from tools.observability import Observability


@pytest.fixture(scope="session")
def binaries() -> Path:
    return toolchain()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, binaries) -> Iterator[Path]:
    """The directory of a cluster whose facts may be read, with a node for each pool of the ledger."""
    directory = tmp_path_factory.mktemp("watched") / "cluster"
    made = Cluster(directory, binaries)
    made.up(report=lambda _: None)
    try:
        kube = Kube(directory)
        support.let_facts_be_read(kube)
        for pool in ("sound", "shaky", "dying"):
            kube.create(support.NODES, node_object(pool, labels={support.POOL: pool}))
            eventually("the node is ready", lambda pool=pool: is_ready(kube.get(f"{support.NODES}/{pool}")))
        yield directory
    finally:
        made.down()


@pytest.fixture(scope="module")
def kube(cluster) -> Kube:
    return Kube(cluster)


@pytest.fixture(scope="module")
def watching(tmp_path_factory, binaries, cluster) -> Iterator[Observability]:
    """What watches that cluster, not started, and ended after the module's tests."""
    made = Observability(tmp_path_factory.mktemp("watching") / "observability", binaries, cluster)
    try:
        yield made
    finally:
        made.down(report=lambda _: None)
