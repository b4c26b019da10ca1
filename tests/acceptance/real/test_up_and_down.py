"""The dev stack on a real node, from the first `up`, in which images are built, to `down` and up again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.clone import eventually, states
from tests.acceptance.real.shared import Place
from tests.acceptance.real_clone import RealClone
from tools.node import control_groups

pytestmark = [
    pytest.mark.node,
    pytest.mark.images,
    pytest.mark.timeout(1500),
    pytest.mark.usefixtures("alone"),
]


@pytest.fixture(scope="module")
def alone(place: Place, clone: RealClone) -> Iterator[None]:
    """What the other process still tests would not survive these tests."""
    del clone
    with place.alone():
        yield


def test_the_first_up_ends_with_addresses_and_every_workspace_where_it_belongs(clone):
    assert f"https://<workspace>--<project>.slate.localhost:{clone.door}" in clone.first_up
    nodes = {pod["metadata"]["name"]: pod["spec"]["nodeName"] for pod in clone.get("pods", "--all-namespaces")["items"]}
    assert nodes["alice-0"] == "gpu-0"
    assert {nodes[f"{name}-0"] for name in ("bob", "carol", "erin", "frank")} == {"slate-node"}


def test_the_second_up_changes_nothing(clone):
    before = [part.pid for part in clone.node.status().components]

    said = clone.run("up")

    assert clone.changes() == []
    assert not any(word in said for word in (" created", " updated", " deleted", " replaced"))
    assert [part.pid for part in clone.node.status().components] == before


def test_changed_settings_end_no_session_and_hold_from_the_next_start(clone):
    before = clone.pod("carol")
    with clone.jupyter("carol").kernel() as kernel:
        kernel.run("kept = 42")
        clone.settings["config"]["slate:workspaceDefaults"]["terminationGraceSeconds"] = 12
        clone.write_settings()

        said = clone.run("up")

        assert re.search(r"^\s+~ \d+ updated$", said, re.MULTILINE)
        assert kernel.run("print(kept)") == "42\n"
    after = clone.pod("carol")
    assert (after["metadata"]["uid"], grace(after)) == (before["metadata"]["uid"], 10)
    clone.restart("carol")
    assert grace(clone.pod("carol")) == 12


def grace(pod: dict) -> int:
    return pod["spec"]["terminationGracePeriodSeconds"]


def test_a_pod_without_a_pool_lands_on_the_real_node(clone):
    image = clone.get("pod", "bob-0", "--namespace", "ws-vision")["spec"]["containers"][0]["image"]

    clone.kubectl("run", "anywhere", f"--image={image}", "--command", "--", "sleep", "600")

    eventually(
        lambda: clone.get("pod", "anywhere")["spec"].get("nodeName") == "slate-node", "the pod is on the real node"
    )
    clone.kubectl("delete", "pod", "anywhere", "--grace-period=1")


def test_going_back_to_simulated_nodes_is_refused_while_homes_are_real(clone):
    said = clone.run("up", "--cluster", "embedded", code=1)

    assert "vision/bob" in said
    assert clone.node.status().state == "running"


def test_down_stops_all_of_it_and_up_brings_the_homes_back(clone):
    clone.inside("bash", "-c", "echo mine > ~/file")

    clone.run("down")

    assert control_groups.left(clone.node.layout.group) == []
    left = [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if str(clone.slate) in _read(path)]
    assert left == []
    said = clone.run("up")
    assert states(said)["bob"] == "ready"
    assert clone.inside("cat", "/home/workspace/file").strip() == "mine"
    clone.inside("rm", "/home/workspace/file")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""
