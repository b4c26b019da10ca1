import uuid

import pytest

from tests.tools.cluster.stages.objects import GIVEN, NODES, PODS, is_ready, node_object, pod_object
from tests.tools.cluster.support import Kube
from tools.cluster import Cluster


@pytest.fixture(scope="session")
def kube(tmp_path_factory, binaries):
    """The API of one cluster for all tests of simulated objects."""
    directory = tmp_path_factory.mktemp("simulation") / "cluster"
    cluster = Cluster(directory, binaries)
    cluster.up(report=lambda _: None)
    try:
        yield Kube(directory)
    finally:
        cluster.down()


@pytest.fixture(scope="session", autouse=True)
def orphans(kube, until):
    """Pods whose node was deleted before all other tests: Kubernetes takes up to a minute and more to remove them."""
    kube.create(NODES, node_object("doomed", labels={"test": "doomed"}))
    paths = []
    for name in ("orphan", "deleted-orphan"):
        kube.create(PODS, pod_object(name, "doomed"))
        paths.append(f"{PODS}/{name}")
    until("the pods are ready", lambda: all(is_ready(kube.get(path)) for path in paths))
    kube.delete(f"{NODES}/doomed")
    kube.delete(paths[1])
    return paths


@pytest.fixture
def name():
    return f"x-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def make_node(kube, name):
    made = []

    def make(capacity=GIVEN, labels=None, **annotations):
        kube.create(
            NODES, node_object(f"{name}-{len(made)}", capacity, {"test": name, **(labels or {})}, **annotations)
        )
        made.append(f"{NODES}/{name}-{len(made)}")
        return made[-1]

    yield make
    for path in made:
        if kube.get(path):
            kube.delete(path)


@pytest.fixture
def node(kube, make_node, until):
    path = make_node()
    until("the node is ready", lambda: is_ready(kube.get(path)))
    return path


@pytest.fixture
def make_pod(kube, name, node):  # noqa: ARG001 (its pods run there)
    made = []

    def make(labels=None, annotations=None, **spec):
        kube.create(PODS, pod_object(f"{name}-{len(made)}", name, labels, annotations, **spec))
        made.append(f"{PODS}/{name}-{len(made)}")
        return made[-1]

    yield make
    for path in made:
        if kube.get(path):
            kube.delete(path)
