"""Healing where workspaces really run: a failing health check leads to a new pod, and the canary works in its own."""

import json
import subprocess
import sys

import pytest

from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

# What keeps JupyterLab running is stopped and JupyterLab killed: nobody answers, and nothing brings it back.
BREAK = """
import os, pathlib, signal
for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    command = path.read_bytes().replace(b"\\0", b" ").decode(errors="replace")
    number = int(path.parent.name)
    if number in (1, os.getpid()):
        continue
    if "/opt/slate" in command and "start" in command:
        os.kill(number, signal.SIGSTOP)
for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    command = path.read_bytes().replace(b"\\0", b" ").decode(errors="replace")
    if "jupyter_server_config.py" in command and int(path.parent.name) != os.getpid():
        os.kill(int(path.parent.name), signal.SIGKILL)
"""
NOTIFY = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode())
print(urllib.request.urlopen(request, timeout=60).read().decode())
"""


def notify(clone: RealClone) -> str:
    """Tells the remediator's Service, from inside the node, that bob's workspace is down; returns the outcome."""
    address = clone.get("service", "remediator", "--namespace", "slate-system")["spec"]["clusterIP"]
    labels = {"namespace": "ws-vision", "workspace": "bob", "remediation": "restart-pod"}
    payload = json.dumps({"version": "4", "alerts": [{"status": "firing", "labels": labels}]})
    inside = [sys.executable, "-m", "tools.node", "run", f"--directory={clone.node.layout.directory}", "--"]
    command = [*inside, sys.executable, "-c", NOTIFY, f"http://{address}:8095/alerts", payload]
    answer = subprocess.run(command, cwd=clone.root, capture_output=True, text=True, check=True, timeout=120)
    (outcome,) = json.loads(answer.stdout)["outcomes"]
    return f"{outcome['result']} {outcome['reason']}"


def ready(clone: RealClone, name: str, namespace: str) -> bool:
    """Whether a pod is ready."""
    pods = clone.get("pods", "--namespace", namespace)["items"]
    conditions = [
        entry
        for pod in pods
        if pod["metadata"]["name"] == name
        for entry in pod["status"].get("conditions", ())
        if entry["type"] == "Ready"
    ]
    return any(entry["status"] == "True" for entry in conditions)


def test_a_health_check_that_fails_in_a_ready_pod_leads_to_a_new_one(clone):
    before = clone.get("pod", "bob-0", "--namespace", "ws-vision")["metadata"]["uid"]
    assert notify(clone) == "refused ready"
    clone.inside("python", "-c", BREAK)
    eventually(lambda: not ready(clone, "bob-0", "ws-vision"), "the health check has failed")

    # The kubelet may hold back the health check's word: events of a slow start have used up its allowance.
    eventually(lambda: notify(clone) == "done health-check", "the remediator acts once it is told why", seconds=420)

    def again() -> bool:
        pods = clone.get("pods", "--namespace", "ws-vision")["items"]
        uids = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in pods}
        return uids.get("bob-0") not in (None, before) and ready(clone, "bob-0", "ws-vision")

    eventually(again, "another pod is ready")
    assert notify(clone) == "refused ready"


def test_the_canary_is_woken_used_and_put_to_sleep(clone):
    clone.kubectl("create", "job", "canary-now", "--from=cronjob/canary", "--namespace=slate-system")

    def ended() -> bool:
        status = clone.get("job", "canary-now", "--namespace", "slate-system")["status"]
        return bool(status.get("succeeded") or status.get("failed"))

    eventually(ended, "the round has ended")
    said = clone.kubectl("logs", "job/canary-now", "--namespace=slate-system")
    assert "canary is well: wake" in said, said
    assert all(step in said for step in ("kernel", "ssh", "sleep"))
    assert clone.get("pods", "--namespace", "slate-canary")["items"] == []
