"""The real node, measured from inside its pods and from the machine."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.tools.node.support import Running, wait
from tools.cluster.record import Record
from tools.node import control_groups
from tools.node.mount_points import is_used
from tools.node.network import API_PORT, Addresses
from tools.node.plan import Plan

pytestmark = pytest.mark.node

MEMORY = 96 * 1024 * 1024


def test_the_node_is_ready_and_a_second_up_changes_nothing(running: Running):
    before = [part.pid for part in running.node.status().components]

    running.start()

    status = running.node.status()
    assert status.state == "running"
    assert [part.pid for part in status.components] == before
    assert {part.restarts for part in status.components} == {0}


def test_a_restricted_pod_is_what_the_kernel_says_it_is(running: Running):
    running.namespace("kernel")
    limits = {"cpu": "500m", "memory": str(MEMORY)}

    running.apply(running.pod("one", "kernel", limits=limits))
    running.wait_ready("one", namespace="kernel")

    facts = dict(line.split(":", 1) for line in running.run("one", "cat /proc/self/status", "kernel").splitlines())
    assert facts["Uid"].split() == ["1000"] * 4
    assert facts["Gid"].split() == ["1000"] * 4
    assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0
    assert facts["NoNewPrivs"].strip() == "1"
    assert facts["Seccomp"].strip() == "2"
    assert "Read-only file system" in running.run("one", "touch /x 2>&1; true", "kernel")
    assert running.run("one", "ls /var/run/secrets 2>&1; true", "kernel").startswith("ls: cannot access")
    found = _limits(running)
    assert found == {"cpu": 0.5, "memory": MEMORY, "pids": 4096}


def test_going_over_the_memory_limit_kills_the_pod_and_not_its_neighbour(running: Running):
    running.namespace("memory")
    greedy = "x=a; while true; do x=$x$x; done"
    running.apply(running.pod("neighbour", "memory"), running.pod("greedy", "memory", script=greedy))
    running.wait_ready("neighbour", namespace="memory")

    def killed() -> bool:
        states = running.get("pod", "greedy", "memory").get("status", {}).get("containerStatuses") or [{}]
        ends = [states[0].get(key, {}).get("terminated", {}) for key in ("state", "lastState")]
        return any(end.get("exitCode") == 137 or end.get("reason") == "OOMKilled" for end in ends)

    wait(killed, lambda: running.describe("memory"))
    assert running.run("neighbour", "echo alive", "memory").strip() == "alive"
    running.kubectl("delete", "pod", "greedy", "--namespace=memory", "--wait=false")


def test_names_and_services_of_the_cluster_answer(running: Running):
    running.namespace("names")
    running.apply(running.pod("one", "names"))
    running.wait_ready("one", namespace="names")

    resolved = running.run("one", "getent hosts kubernetes.default.svc.cluster.local", "names")

    assert resolved.split()[0] == "10.96.0.1"
    assert running.reaches("one", "kubernetes.default", 443, "names")
    assert running.reaches("one", running.node.status().address, API_PORT, "names")


def test_network_policies_close_and_open_paths(running: Running):
    running.namespace("one")
    running.namespace("two")
    running.apply(
        *running.server("server", "one", 2222, {"app": "server"}),
        running.pod("friend", "one", labels={"app": "friend"}),
        running.pod("stranger", "one", labels={"app": "stranger"}),
        running.pod("friend", "two", labels={"app": "friend"}),
    )
    running.wait_ready("server", "friend", "stranger", namespace="one")
    running.wait_ready("friend", namespace="two")
    server, node = running.address("server", "one"), running.node.status().address
    clients = (("friend", "one"), ("stranger", "one"), ("friend", "two"))
    wait(lambda: running.reaches("friend", server, 2222, "one"), lambda: running.describe("one"))
    assert all(running.reaches(name, server, 2222, namespace) for name, namespace in clients)
    assert running.reaches("stranger", node, 10250, "one")
    allowed = {"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": 2222}]}

    running.apply(
        _policy("closed", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        _policy("in", {"podSelector": {"matchLabels": {"app": "server"}}, "ingress": [allowed]}),
        _policy("out", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [_to_pods()]}),
    )

    wait(lambda: not running.reaches("stranger", server, 2222, "one"))
    assert running.reaches("friend", server, 2222, "one")
    assert not running.reaches("friend", server, 2223, "one")
    assert not running.reaches("friend", server, 2222, "two")
    assert not running.reaches("stranger", node, 10250, "one")
    assert not running.reaches("friend", "10.96.0.1", 443, "one")
    running.kubectl("delete", "networkpolicy", "--all", "--namespace=one")
    wait(lambda: running.reaches("stranger", server, 2222, "one"))


def test_a_killed_supervisor_takes_everything_along_and_the_next_up_heals(running: Running):
    record = Record.read(running.node.layout)
    assert record is not None
    assert record.supervisor is not None
    pids = [part.process.pid for part in record.components if part.process]

    os.kill(record.supervisor.pid, signal.SIGKILL)

    wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    wait(lambda: not _interface(running).exists())
    running.start()
    assert running.node.status().state == "running"


def test_down_leaves_nothing_behind(running: Running):
    layout = running.node.layout
    places = [Path("/var/lib/kubelet"), Path("/var/lib/cni")]
    made = layout.mount_points.read_text(encoding="utf-8").split()
    rules = _machine_rules(running.kubectl_binary.parent)

    running.node.down()

    try:
        assert control_groups.left(layout.group) == []
        assert not _interface(running).exists()
        assert str(layout.directory) not in Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        assert _processes_of(layout.directory) == []
        # Another clone's node may still use them; the last one removes them.
        assert [place for place in places if str(place) in made and place.exists() and not is_used(place)] == []
        assert _machine_rules(running.kubectl_binary.parent) == rules
        assert _addresses(running).interface not in _machine_routes()
    finally:
        running.start()


def _limits(running: Running) -> dict[str, float]:
    """The limits of the one pod in namespace `kernel`, as the machine's kernel has them."""
    uid = running.get("pod", "one", "kernel")["metadata"]["uid"]
    group = next(path for path in control_groups.MOUNT.rglob(f"*pod{uid}") if running.node.layout.group in str(path))
    inner = next(path for path in group.iterdir() if path.is_dir())
    relative = group.relative_to(control_groups.MOUNT)
    if not (control_groups.MOUNT / "cgroup.controllers").exists():
        relative = Path(*relative.parts[1:])
        container = _limited(relative)
        return {
            "cpu": _number(container["cpu"] / "cpu.cfs_quota_us") / _number(container["cpu"] / "cpu.cfs_period_us"),
            "memory": _number(container["memory"] / "memory.limit_in_bytes"),
            "pids": _number(control_groups.MOUNT / "pids" / relative / "pids.max"),
        }
    quota, period = (inner / "cpu.max").read_text(encoding="ascii").split()
    return {
        "cpu": int(quota) / int(period),
        "memory": _number(inner / "memory.max"),
        "pids": _number(group / "pids.max"),
    }


def _limited(pod: Path) -> dict[str, Path]:
    """The container's group of each controller: the one with a memory limit of its own, not that of the pod's pause."""
    memory = control_groups.MOUNT / "memory" / pod
    name = next(
        path.name for path in memory.iterdir() if path.is_dir() and _number(path / "memory.limit_in_bytes") == MEMORY
    )
    return {controller: control_groups.MOUNT / controller / pod / name for controller in ("cpu", "memory")}


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))


def _policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "one"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _to_pods() -> dict[str, Any]:
    return {"to": [{"podSelector": {}}]}


def _addresses(running: Running) -> Addresses:
    planned = Plan.read(running.node.layout)
    assert planned is not None
    return planned.addresses


def _interface(running: Running) -> Path:
    return Path("/sys/class/net") / _addresses(running).interface


def _processes_of(directory: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if os.fsencode(directory) in command:
            found.append(command.decode(errors="replace"))
    return found


def _machine_rules(binaries: Path) -> str:
    answer = subprocess.run([str(binaries / "nft"), "list", "ruleset"], capture_output=True, text=True, check=True)
    return answer.stdout


def _machine_routes() -> str:
    return subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
