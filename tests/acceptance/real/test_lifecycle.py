"""Workspaces really run: the dev stack on a real node, from the first `up` to `down`, as its users see it.

One story: each test goes on where the one before it ended. Images are built in it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.clone import eventually, states
from tests.acceptance.real_clone import RealClone
from tools.node import control_groups

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

REACH = """
import socket, sys
for line in sys.argv[1:]:
    host, _, port = line.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 3).close()
        print(line, "open")
    except OSError:
        print(line, "closed")
"""


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


def test_a_pod_without_a_pool_lands_on_the_real_node(clone):
    image = clone.get("pod", "bob-0", "--namespace", "ws-vision")["spec"]["containers"][0]["image"]

    clone.kubectl("run", "anywhere", f"--image={image}", "--command", "--", "sleep", "600")

    eventually(
        lambda: clone.get("pod", "anywhere")["spec"].get("nodeName") == "slate-node", "the pod is on the real node"
    )
    clone.kubectl("delete", "pod", "anywhere", "--grace-period=1")


def test_jupyterlab_answers_at_its_host_name_and_wants_the_token(clone):
    token = clone.token("bob", "vision")

    status, page = clone.ask("/lab")
    assert status == 200
    assert b'name="password"' in page  # the form that asks for the token
    assert clone.ask("/api/contents")[0] == 403
    assert clone.ask("/api/contents", clone.token("carol", "vision"))[0] == 403
    status, said = clone.ask("/api/status", token)
    assert status == 200
    assert json.loads(said)["kernels"] == 0
    command = Path(f"/proc/{clone.node.status().components[-1].pid}/cmdline").read_text()
    assert token not in command


def test_ssh_runs_a_command_with_the_users_key_and_not_with_another_one(clone, key, tmp_path):
    other = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(other)], check=True)

    answer = clone.ssh(key, "id -u; python -c 'import numpy; print(numpy.arange(3).sum())'")
    refused = clone.ssh(other, "id")

    assert answer.stdout.split() == ["1000", "3"], answer.stderr
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr


def test_a_workspace_reaches_names_and_nothing_else(clone):
    status = clone.node.status()
    address = {
        name: clone.get("pod", f"{name}-0", "--namespace", f"ws-{project}")["status"]["podIP"]
        for name, project in (("carol", "vision"), ("erin", "language"))
    }
    registry = clone.get("pod", "bob-0", "--namespace", "ws-vision")["spec"]["containers"][0]["image"]
    port = registry.partition("/")[0].rpartition(":")[2]
    closed = [
        *(f"{address[name]}:8888" for name in address),
        *("10.96.0.1:443", "169.254.169.254:80", f"{status.address}:10250", f"{status.address}:{port}"),
        f"{status.address}:{clone.door}",
    ]

    said = clone.inside("python", "-c", REACH, *closed, "10.96.0.10:53")

    assert said.splitlines() == [*(f"{line} closed" for line in closed), "10.96.0.10:53 open"]
    # The closed ones do answer: the node itself reaches them.
    reached = processes_inside(clone, [closed[0], closed[1], closed[2], closed[4], closed[5], closed[6]])
    assert all(line.endswith(" open") for line in reached), reached


def test_a_home_survives_its_pod(clone):
    clone.inside("bash", "-c", "echo mine > ~/file")
    before = clone.get("pod", "bob-0", "--namespace", "ws-vision")["metadata"]["uid"]

    clone.kubectl("delete", "pod", "bob-0", "--namespace", "ws-vision", "--grace-period=5")

    def again() -> bool:
        pods = clone.get("pods", "--namespace", "ws-vision")["items"]
        return any(
            pod["metadata"]["name"] == "bob-0"
            and pod["metadata"]["uid"] != before
            and any(
                entry["type"] == "Ready" and entry["status"] == "True" for entry in pod["status"].get("conditions", ())
            )
            for pod in pods
        )

    eventually(again, "the pod is there again")
    assert clone.inside("cat", "/home/workspace/file").strip() == "mine"


def test_going_back_to_simulated_nodes_is_refused_while_homes_are_real(clone):
    said = clone.run("up", "--cluster", "embedded", code=1)

    assert "vision/bob" in said
    assert clone.node.status().state == "running"


def test_down_stops_all_of_it_and_up_brings_the_homes_back(clone):
    clone.run("down")

    assert control_groups.left(clone.node.layout.group) == []
    left = [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if str(clone.slate) in _read(path)]
    assert left == []
    said = clone.run("up")
    assert states(said)["bob"] == "ready"
    assert clone.inside("cat", "/home/workspace/file").strip() == "mine"


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


def processes_inside(clone: RealClone, targets: list[str]) -> list[str]:
    """Tries connections from the node itself."""
    command = [sys.executable, "-m", "tools.node", "run", f"--directory={clone.node.layout.directory}", "--"]
    answer = subprocess.run(
        [*command, sys.executable, "-c", REACH, *targets],
        cwd=clone.root,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return answer.stdout.splitlines()
