"""A kernel that computes for hours is never taken for a dead workspace; open connections stay open meanwhile."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import websocket

from tests.acceptance.clone import eventually
from tests.acceptance.jupyter import Jupyter
from tests.acceptance.real_clone import RealClone, is_ready

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]

# Holds the interpreter's lock for ever: the kernel answers nothing, not even a heartbeat of Python's. Before that, the
# thread that tells the server of the kernel's state must have had the lock: else it never says that it is busy.
LOCKED = "import re, time; time.sleep(3); re.match('(a+)+$', 'a' * 64 + 'b')"
# So many that they want several times the processor time that the workspace may use, which is half a processor's.
KERNELS = 2


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
            listening(jupyter, f"/terminals/websocket/{terminal}") as shell,
            listening(jupyter, f"/api/kernels/{kernels[0]}/channels") as idle,
        ):
            for kernel in kernels:
                with jupyter.attached(kernel) as channels:
                    channels.send(LOCKED)
                    wait_until_busy(jupyter, kernel)

            states = []
            until = time.monotonic() + max(2 * period, 60) + 2
            while time.monotonic() < until:
                states.append((is_ready(clone.pod("carol")), jupyter.ask("/api").status))
                time.sleep(2)

            assert set(states) == {(True, 200)}
            assert {jupyter.ask(f"/api/kernels/{kernel}").json()["execution_state"] for kernel in kernels} == {"busy"}
            shell.link.send(json.dumps(["stdin", "echo $((6 * 7))\r"]))
            eventually(lambda: "42" in "".join(shell.received), "the terminal answers")
            assert (shell.closed, idle.closed) == ("", "")
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


class Listener:
    """A websocket that is read all the time, as a browser does: who does not answer the server's pings is dropped."""

    def __init__(self, link: websocket.WebSocket) -> None:
        self.link = link
        self.received: list[str] = []
        self.closed = ""
        """Why it is not open any more."""
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            while True:
                code, data = self.link.recv_data()
                if code == websocket.ABNF.OPCODE_CLOSE:
                    self.closed = f"by the other side: {data!r}"
                    return
                self.received.append(bytes(data).decode())
        except (OSError, websocket.WebSocketException) as error:
            self.closed = repr(error)


@contextmanager
def listening(jupyter: Jupyter, path: str) -> Iterator[Listener]:
    with jupyter.socket(path) as link:
        link.settimeout(None)
        listener = Listener(link)
        yield listener
    listener.thread.join(60)


def wait_until_busy(jupyter, kernel: str) -> None:
    deadline = time.monotonic() + 120
    while jupyter.ask(f"/api/kernels/{kernel}").json()["execution_state"] != "busy":
        assert time.monotonic() < deadline, kernel
        time.sleep(0.2)


def probe_failures(clone: RealClone, uid: str) -> list[str]:
    """What the kubelet says of failed liveness probes: those that end a workspace in the end."""
    events = clone.get("events", "--namespace", "ws-vision", "--field-selector", f"involvedObject.uid={uid}")["items"]
    return [event["message"] for event in events if event["reason"] == "Unhealthy" and "Liveness" in event["message"]]
