"""Healing where workspaces really run: a failing health check leads to a new pod, and the canary works in its own."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from components.workspace.pod import STARTUP_PERIOD_SECONDS
from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone, is_ready

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

SLOW_SECONDS = 60
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
    """Bob's workspace has taken a minute to start, because of his settings; the next start is as usual."""
    settings = "/home/workspace/.jupyter/jupyter_server_config.py"
    clone.inside("bash", "-c", f"mkdir -p ~/.jupyter; echo 'import time; time.sleep({SLOW_SECONDS})' > {settings}")
    clone.restart()
    clone.inside("rm", settings)
    yield
    eventually(lambda: ready(clone), "bob's pod is ready again")


@pytest.mark.usefixtures("slow_start")
def test_a_health_check_that_fails_in_a_ready_pod_leads_to_a_new_one(clone):
    """Also soon after a slow start, of which the kubelet has told in events: it may send only so many of them."""
    before = clone.pod()["metadata"]["uid"]
    assert 0 < failures(clone, before, "Startup") <= SLOW_SECONDS / STARTUP_PERIOD_SECONDS + 1
    assert notify(clone) == "refused ready"

    clone.inside("python", "-c", BREAK)

    eventually(lambda: not ready(clone), "the health check has failed")
    assert failures(clone, before, "Readiness") > 0
    eventually(lambda: notify(clone) == "done health-check", "the remediator acts")
    eventually(lambda: ready(clone, before), "another pod is ready", 240)  # the old one gets its whole grace period
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
