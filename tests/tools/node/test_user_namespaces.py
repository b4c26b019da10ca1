"""User namespaces on the real node: a pod has other user ids on the machine, and its home is its own all the same."""

from pathlib import Path

import pytest

from tests.tools.node.support import Running

pytestmark = pytest.mark.node

WHOLE = 4294967295  # without a user namespace, all ids are themselves


def mapping(running: Running, pod: str) -> list[int]:
    return [int(word) for word in running.run(pod, "cat /proc/self/uid_map", "users").split()]


def test_a_pod_with_a_user_namespace_is_another_user_on_the_machine(running: Running):
    running.namespace("users")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "home", "namespace": "users"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    own = running.pod("own", "users", claim="home")
    own["spec"]["hostUsers"] = False
    running.apply(claim, own, running.pod("shared", "users"))
    running.wait_ready("own", "shared", namespace="users")

    inside, outside, length = mapping(running, "own")
    assert (inside, length) == (0, 65536)
    assert outside >= 65536
    assert mapping(running, "shared") == [0, 0, WHOLE]
    assert running.run("own", "id -u", "users").strip() == "1000"
    assert outside + 1000 in owners_of(running.get("pod", "own", "users")["metadata"]["uid"])
    # What it writes to its home is the user's there, whatever ids the next start has.
    running.run("own", "echo mine > /home/workspace/file", "users")
    assert running.run("own", "stat -c %u /home/workspace/file", "users").strip() == "1000"
    running.kubectl("delete", "namespace", "users")


def owners_of(pod: str) -> set[int]:
    """The users that processes of a pod are on the machine."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if pod in (path / "cgroup").read_text(encoding="utf-8"):
                found.add(path.stat().st_uid)
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_the_node_says_that_it_has_user_namespaces(running: Running):
    handlers = running.get("node", "slate-node")["status"]["runtimeHandlers"]

    (default,) = [handler for handler in handlers if not handler.get("name")]
    assert default["features"]["userNamespaces"] is True
