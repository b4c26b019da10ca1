"""The registry that Slate declares for sites without one, really running as pods: pulls, pushes, rights, collection.

Images of the embedded cluster themselves come from the registry beside it, which is there before any of them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from components import labels
from tests.acceptance.clone import eventually
from tests.acceptance.cluster_registry import Client, distribution_image, manifests
from tests.acceptance.real_clone import RealClone
from tools.local import Local
from tools.node.plan import Plan

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

PULL, PUSH = labels.PORT_REGISTRY, labels.PORT_REGISTRY_PUSH
SYSTEM = f"--namespace={labels.SYSTEM_NAMESPACE}"


@pytest.fixture(scope="module")
def folder(clone: RealClone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The registry, running; a folder with its certificate."""
    made = tmp_path_factory.mktemp("registry")
    planned = Plan.read(clone.node.layout)
    assert planned is not None
    host = Local(clone.slate / "local", clone.slate / "bin").status().registry
    objects = manifests(distribution_image(host), platform_image(clone), planned.addresses.machine, made)
    file = made / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
    clone.kubectl("apply", "--filename", str(file))
    try:
        eventually(lambda: ready(clone), "the registry is ready")
        yield made
    finally:
        clone.kubectl("delete", "--filename", str(file), "--ignore-not-found")


@pytest.fixture
def client(clone: RealClone, folder: Path) -> Client:
    return Client(pod(clone)["status"]["podIP"], folder / "tls.crt")


def platform_image(clone: RealClone) -> str:
    mirror = clone.get("deployment", "conda-mirror", SYSTEM)
    return mirror["spec"]["template"]["spec"]["containers"][0]["image"]


def pod(clone: RealClone) -> dict:
    return clone.get("pod", "registry-0", SYSTEM)


def ready(clone: RealClone) -> bool:
    found = [item for item in clone.get("pods", SYSTEM)["items"] if item["metadata"]["name"] == "registry-0"]
    states = [state["ready"] for item in found for state in item["status"].get("containerStatuses", ())]
    return len(states) == 2 and all(states)


def test_what_is_pushed_at_one_port_is_pulled_at_the_other(client):
    layer, manifest = client.push(b"a layer")

    assert client.ask("GET", "/v2/try/manifests/one", PULL)[1]["Docker-Content-Digest"] == manifest
    assert client.ask("GET", f"/v2/try/blobs/{layer}", PULL)[2] == b"a layer"


def test_nothing_can_be_pushed_where_images_are_pulled(client):
    assert client.upload(b"something else", PULL)[0] == 405


def test_without_an_account_there_is_nothing(clone, folder):
    stranger = Client(pod(clone)["status"]["podIP"], folder / "tls.crt", "wrong")

    assert stranger.ask("GET", "/v2/", PULL)[0] == 401
    assert stranger.ask("GET", "/v2/", PUSH)[0] == 401


def test_a_collection_takes_what_no_tag_names_and_leaves_the_rest(clone, client):
    displaced, _ = client.push(b"the first image of a tag")
    kept, manifest = client.push(b"the second image of that tag")

    clone.run_job("registry-collection")

    assert client.ask("HEAD", f"/v2/try/blobs/{displaced}", PULL)[0] == 404
    assert client.ask("HEAD", f"/v2/try/blobs/{kept}", PULL)[0] == 200
    assert client.ask("GET", "/v2/try/manifests/one", PULL)[1]["Docker-Content-Digest"] == manifest
    eventually(lambda: ready(clone), "pushes are taken again")
    assert client.push(b"a third one")[0]
