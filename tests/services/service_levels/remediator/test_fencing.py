"""A node that is lost for good, fenced under the conditions of docs/healing.md, and given back."""

import datetime

import pytest

from tests.services.service_levels.programs import remediating
from tests.services.service_levels.stage import FAULT
from tests.tools.cluster.support import eventually

pytestmark = pytest.mark.cluster

OPTIONS = ("--minimum-age-seconds", "0", "--fleet-percent", "100", "--per-workspace-per-hour", "1000")
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


def ready(stage, path: str) -> str:
    """What a node's condition says."""
    conditions = (stage.kube.get(path) or {}).get("status", {}).get("conditions", ())
    return next((entry["status"] for entry in conditions if entry["type"] == "Ready"), "")


def silent_since(stage, path: str, minutes: int) -> None:
    """As if the node had been silent for so long."""
    conditions = stage.kube.get(path)["status"]["conditions"]
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=minutes)
    for entry in conditions:
        if entry["type"] == "Ready":
            entry["lastTransitionTime"] = then.strftime("%Y-%m-%dT%H:%M:%SZ")
    stage.kube.patch(f"{path}/status", {"status": {"conditions": conditions}})


def taints(stage, path: str) -> set[str]:
    """Keys of a node's taints."""
    return {taint["key"] for taint in stage.kube.get(path)["spec"].get("taints", ())}


def test_a_lost_node_is_left_alone_until_it_is_known_to_be_off(stage):
    stage.pool("shaky", 2)
    team = stage.project()
    stage.workspace(team, "alice", pool="shaky")
    before = stage.uid(team, "alice")
    path = f"/api/v1/nodes/{stage.pod(team, 'alice')['spec']['nodeName']}"
    node_info = stage.kube.get(path)["status"]["nodeInfo"] | {"bootID": "boot-1"}
    stage.kube.patch(f"{path}/status", {"status": {"nodeInfo": node_info}})
    stage.kube.patch(path, {"metadata": {"labels": {FAULT: "lost"}}})
    eventually("the node is lost", lambda: ready(stage, path) == "Unknown", seconds=240)

    with remediating(stage, *OPTIONS) as program:
        assert program.notify((team, "alice")) == ["refused node-not-ready"]
    with remediating(stage, "--fencing", *OPTIONS) as program:
        stage.kube.patch(path, {"metadata": {"annotations": {"slate.dev/powered-off": "boot-1"}}})
        assert program.notify((team, "alice")) == ["refused node-not-ready"]  # it is silent since a moment only
        silent_since(stage, path, minutes=6)
        stage.kube.patch(path, {"metadata": {"annotations": {"slate.dev/powered-off": "boot-0"}}})
        assert program.notify((team, "alice")) == ["refused node-not-ready"]
        assert stage.uid(team, "alice") == before
        stage.kube.patch(path, {"metadata": {"annotations": {"slate.dev/powered-off": "boot-1"}}})

        assert program.notify((team, "alice")) == ["done node-off"]

        assert OUT_OF_SERVICE in taints(stage, path)
        moved = lambda: stage.uid(team, "alice") not in (None, before) and stage.ready(team, "alice")  # noqa: E731
        eventually("the pod runs elsewhere", moved, seconds=300)
        assert path.rpartition("/")[2] != stage.pod(team, "alice")["spec"]["nodeName"]
        assert program.notify((team, "alice")) == ["refused ready"]
        stage.kube.patch(path, {"metadata": {"labels": {FAULT: None}}})
        eventually("it is given back", lambda: OUT_OF_SERVICE not in taints(stage, path), seconds=240)
        assert "slate.dev/fenced-by" not in stage.kube.get(path)["metadata"].get("annotations", {})
