"""A kernel that computes for hours is never taken for a dead workspace; open connections stay open meanwhile."""

import json
import time
from contextlib import suppress

import pytest
import websocket

from tests.acceptance.clone import eventually
from tests.acceptance.real_clone import RealClone, is_ready

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

# Holds the interpreter's lock for ever: the kernel answers nothing, not even a heartbeat of Python's.
LOCKED = "import re; re.match('(a+)+$', 'a' * 64 + 'b')"
# So many that they have more than all the processor time that the workspace may use.
KERNELS = 4


def test_a_workspace_with_busy_kernels_stays_ready_and_connected(clone: RealClone):
    """Longer than two rounds of the liveness probe, and than a minute, after which proxies like to end connections."""
    jupyter = clone.jupyter("carol")
    pod = clone.pod("carol")
    (container,) = pod["spec"]["containers"]
    period = max(container[f"{kind}Probe"]["periodSeconds"] for kind in ("liveness", "readiness"))
    terminal = jupyter.ask("/api/terminals", method="POST", value={}).json()["name"]
    kernels = [jupyter.start_kernel() for _ in range(KERNELS)]
    try:
        with (
            jupyter.socket(f"/terminals/websocket/{terminal}") as shell,
            jupyter.socket(f"/api/kernels/{kernels[0]}/channels") as idle,
        ):
            for kernel in kernels:
                with jupyter.socket(f"/api/kernels/{kernel}/channels") as link:
                    link.send(json.dumps(request(LOCKED)))
                    wait_until_busy(jupyter, kernel)

            states = []
            until = time.monotonic() + 2.5 * period
            while time.monotonic() < until:
                states.append((is_ready(clone.pod("carol")), jupyter.ask("/api").status))
                for link in (shell, idle):
                    read(link)  # which also answers the server's pings, as a browser does
                time.sleep(2)

            assert set(states) == {(True, 200)}
            assert {jupyter.ask(f"/api/kernels/{kernel}").json()["execution_state"] for kernel in kernels} == {"busy"}
            shell.send(json.dumps(["stdin", "echo $((6 * 7))\r"]))
            eventually(lambda: "42" in "".join(read(shell)), "the terminal answers")
            assert shell.connected
            assert idle.connected
    finally:
        for kernel in kernels:
            jupyter.stop_kernel(kernel)
        jupyter.ask(f"/api/terminals/{terminal}", method="DELETE")
    after = clone.pod("carol")
    assert after["metadata"]["uid"] == pod["metadata"]["uid"]
    assert (
        after["status"]["containerStatuses"][0]["restartCount"] == pod["status"]["containerStatuses"][0]["restartCount"]
    )
    assert probe_failures(clone, pod["metadata"]["uid"]) == []


def request(code: str) -> dict:
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "stop_on_error": True}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }


def wait_until_busy(jupyter, kernel: str) -> None:
    deadline = time.monotonic() + 120
    while jupyter.ask(f"/api/kernels/{kernel}").json()["execution_state"] != "busy":
        assert time.monotonic() < deadline, kernel
        time.sleep(0.2)


def read(link: websocket.WebSocket) -> list[str]:
    """What has arrived on a websocket by now."""
    link.settimeout(0.2)
    received = []
    with suppress(websocket.WebSocketTimeoutException):
        while True:
            received.append(str(link.recv()))
            assert link.connected, received
    return received


def probe_failures(clone: RealClone, uid: str) -> list[str]:
    """What the kubelet says of failed liveness probes: those that end a workspace in the end."""
    events = clone.get("events", "--namespace", "ws-vision", "--field-selector", f"involvedObject.uid={uid}")["items"]
    return [event["message"] for event in events if event["reason"] == "Unhealthy" and "Liveness" in event["message"]]
