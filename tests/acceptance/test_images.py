"""From an environment file to the digest that a workspace runs, through the commands of a user.

One story: images are built and used, nothing changes the second time, one line of an environment changes its image and
its workspaces alone, and without images workspaces get the placeholder.
"""

import json
import re
import urllib.request
from typing import Any

import pytest
import yaml

from tests.acceptance.clone import Clone
from tools.local import Local

pytestmark = [pytest.mark.cluster, pytest.mark.images, pytest.mark.timeout(1500), pytest.mark.usefixtures("built")]

ENVIRONMENT = "images/workspace/environments/default.yml"
ADDED = "aiohttp"
ACCEPT = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"


@pytest.fixture(scope="module")
def built(clone: Clone) -> str:
    """The dev stack with one project, after its first `up` with images."""
    clone.variables["SLATE_IMAGES"] = "1"
    projects = clone.settings["config"]["slate:projects"]
    clone.settings["config"]["slate:projects"] = [entry for entry in projects if entry["name"] == "language"]
    clone.project("language")["workspaces"][1]["environment"] = "python312"
    clone.write_settings()
    return clone.run("up", timeout=1200)


def images(clone: Clone) -> dict[str, str]:
    """The image of each workspace."""
    sets = clone.get("statefulsets", "--all-namespaces", "--selector", "slate.dev/workspace")["items"]
    return {
        item["metadata"]["name"]: item["spec"]["template"]["spec"]["containers"][0]["image"] for item in sets
    }  # fmt: skip


def registry(clone: Clone, path: str) -> Any:
    """What the clone's registry answers."""
    host = Local(clone.slate / "local", clone.slate / "bin").status().registry
    request = urllib.request.Request(f"http://{host}/v2/{path}", headers={"Accept": ACCEPT})
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
        return json.loads(answer.read())


def manifest(clone: Clone, reference: str) -> dict[str, Any]:
    """The manifest of an image for this machine."""
    repository, digest = reference.partition("/")[2].split("@")
    found = registry(clone, f"{repository}/manifests/{digest}")
    if "manifests" in found:
        found = registry(clone, f"{repository}/manifests/{found['manifests'][0]['digest']}")
    return found


def test_workspaces_use_the_images_that_were_pushed_by_digest(clone: Clone):
    used = images(clone)

    assert set(used) == {"canary", "erin", "frank"}
    host = Local(clone.slate / "local", clone.slate / "bin").status().registry
    for name, environment in (("canary", "default"), ("erin", "default"), ("frank", "python312")):
        assert re.fullmatch(rf"{re.escape(str(host))}/slate/{environment}@sha256:[0-9a-f]{{64}}", used[name])
        assert manifest(clone, used[name])["layers"]


def test_layers_are_packed_with_zstd(clone: Clone):
    own = [layer["mediaType"] for layer in manifest(clone, images(clone)["erin"])["layers"][1:]]

    assert own
    assert all(kind.endswith("+zstd") for kind in own), own


def test_a_second_up_changes_and_builds_nothing(clone: Clone):
    before = images(clone)

    said = clone.run("up")

    assert re.search(r"^\s+\d+ unchanged$", said, re.MULTILINE)
    assert not re.search(r"\b(created|updated|replaced|deleted)$", said, re.MULTILINE)
    assert images(clone) == before


def test_one_line_of_an_environment_changes_its_image_and_its_workspaces_alone(clone: Clone):
    before = images(clone)
    path = clone.root / ENVIRONMENT
    content = yaml.safe_load(path.read_text())
    content["dependencies"].append(ADDED)
    path.write_text(yaml.safe_dump(content, sort_keys=False))

    shown = clone.run("preview")
    unchanged = images(clone)
    clone.run("up")

    after = images(clone)
    step = r"docker-build:index:Image: \((?:update|replace)\)\s*(?:\[id=[^\]]*\]\s*)?\[urn=\S+::(\S+)\]"
    changed = set(re.findall(step, shown))
    assert changed == {"default"}, shown
    assert unchanged == before
    assert after["erin"] != before["erin"]
    assert after["frank"] == before["frank"]
    config = manifest(clone, after["erin"])["config"]["digest"]
    labels = registry(clone, f"slate/default/blobs/{config}")["config"]["Labels"]
    assert ADDED in labels["dev.slate.manifest"]


def test_a_package_that_no_channel_has_is_refused_and_nothing_changes(clone: Clone):
    before = images(clone)
    path = clone.root / ENVIRONMENT
    good = path.read_text()
    path.write_text(good.replace(f"- {ADDED}", "- numpyy"))

    said = clone.run("up", code=1)
    path.write_text(good)

    assert "numpyy" in said
    assert images(clone) == before


def test_without_images_workspaces_get_the_placeholder_and_back(clone: Clone):
    before = images(clone)

    clone.variables["SLATE_IMAGES"] = "0"
    clone.run("up")
    without = set(images(clone).values())
    clone.variables["SLATE_IMAGES"] = "1"
    clone.run("up")

    assert without == {clone.settings["config"]["slate:images"]["placeholder"]}
    assert images(clone) == before
