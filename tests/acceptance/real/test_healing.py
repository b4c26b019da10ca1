"""Healing where workspaces really run: one that fails gets a new pod, without a hand on it."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from components.workspace.pod import STARTUP_WAIT_SECONDS
from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone, is_ready

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.rules, pytest.mark.timeout(1500)]

SLOW_SECONDS = 2 * STARTUP_WAIT_SECONDS + 5
# For two evaluations: what the rules make of it is there, too.
UP = 'min_over_time(namespace_workspace:available:bool{namespace="ws-vision",workspace="bob"}[11s])'
DONE = 'sum(slate_remediations_total{action="restart-pod",result="done",reason="health-check"}) or vector(0)'
RECOVERED = 'sum(sum_over_time(namespace:workspace_incidents_recovered:count{namespace="ws-vision"}[1h])) or vector(0)'
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


def ready(clone: RealClone, before: str = "") -> bool:
    """Whether bob's pod is ready, and another one than before."""
    pod = clone.pod()
    return bool(pod) and pod["metadata"]["uid"] != before and is_ready(pod)


def failures(clone: RealClone, uid: str, probe: str) -> int:
    """How many failures of a probe the kubelet has told of."""
    where = ("--namespace", "ws-vision", "--field-selector", f"involvedObject.uid={uid},reason=Unhealthy")
    events = clone.get("events", *where)["items"]
    return sum(event.get("count") or 1 for event in events if event["message"].startswith(f"{probe} probe"))


@pytest.fixture
def slow_start(clone: RealClone) -> Iterator[None]:
    """Bob's workspace has taken long to start, because of his settings; the next start is as usual."""
    settings = "/home/workspace/.jupyter/jupyter_server_config.py"
    clone.inside("bash", "-c", f"mkdir -p ~/.jupyter; echo 'import time; time.sleep({SLOW_SECONDS})' > {settings}")
    clone.restart()
    clone.inside("rm", settings)
    yield
    eventually(lambda: ready(clone), "bob's pod is ready again")


@pytest.mark.usefixtures("slow_start")
def test_a_workspace_that_fails_is_seen_told_and_replaced_by_machines_alone(clone, prometheus):
    """From the container to the new pod by way of probes, kube-state-metrics, Prometheus, Alertmanager and remediator.

    Also soon after a slow start, of which the kubelet has told in events: it may send only so many of them.
    """
    before = clone.pod()["metadata"]["uid"]
    assert 0 < failures(clone, before, "Startup") <= SLOW_SECONDS / STARTUP_WAIT_SECONDS + 2
    eventually(lambda: prometheus.value(UP) == 1, "Prometheus knows that the workspace is up")
    done, recovered = prometheus.value(DONE), prometheus.value(RECOVERED)

    clone.inside("python", "-c", BREAK)

    eventually(lambda: not ready(clone), "the health check has failed")
    assert failures(clone, before, "Readiness") > 0
    eventually(lambda: ready(clone, before), "another pod is ready", 300)
    eventually(lambda: prometheus.value(DONE) == done + 1, "the remediator did it, for this reason")
    eventually(lambda: prometheus.value(RECOVERED) == recovered + 1, "the outage counts, as healed")
    assert notify(clone) == "refused ready"  # an alert that comes late ends no session
