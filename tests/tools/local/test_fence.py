"""The fence with programs of our own in it; needs the rights that the images tier needs."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.cluster.processes import alive
from tools.paths import ROOT

pytestmark = pytest.mark.images

# What a program inside sees: answers of ports, interfaces, routes, its own process id, a mount of its own.
LOOK = """
import json, os, socket, subprocess, sys
def ask(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as channel:
            channel.sendall(b"ping")
            channel.shutdown(socket.SHUT_WR)
            return channel.makefile().read()
    except OSError as error:
        return type(error).__name__
subprocess.run(["mount", "-t", "tmpfs", "inside", sys.argv[3]], check=True)
lines = open("/proc/net/dev").read().splitlines()[2:]
print(json.dumps({
    "relayed": ask(int(sys.argv[1])),
    "other": ask(int(sys.argv[2])),
    "interfaces": [line.split(":")[0].strip() for line in lines],
    "routes": open("/proc/net/route").read().splitlines()[1:],
    "pid": os.getpid(),
    "processes": [name for name in os.listdir("/proc") if name.isdigit()],
}))
"""
# Starts a process that leaves its session, so that only the kernel can find it, and waits.
STAY = """
import os, subprocess, sys, time
subprocess.Popen(["sleep", "600"], start_new_session=True)
print("up", flush=True)
time.sleep(600)
"""


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tools.local.fence", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Echo:
    """A server that sends back what it is told."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self.listener.accept()
            except OSError:
                return
            with channel:
                data = b""
                while piece := channel.recv(1 << 16):
                    data += piece
                channel.sendall(data)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def echo():
    servers = [Echo(), Echo()]
    yield servers
    for server in servers:
        server.close()


def descendants(pid: int) -> list[int]:
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_program_inside_reaches_the_given_port_and_nothing_else(echo, tmp_path):
    relayed, other = echo
    process = start(
        f"--port={relayed.port}", "--", sys.executable, "-c", LOOK, str(relayed.port), str(other.port), str(tmp_path)
    )
    output, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    seen = json.loads(output)
    assert seen["relayed"] == "ping"
    assert seen["other"] == "ConnectionRefusedError"
    assert seen["interfaces"] == ["lo"]
    assert seen["routes"] == []
    assert seen["pid"] == 1
    assert seen["processes"][0] == "1"
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_much_goes_through_the_relay_whole(echo):
    port = echo[0].port
    code = (
        "import socket, threading\n"
        f"channel = socket.create_connection(('127.0.0.1', {port}))\n"
        "data = bytes(range(256)) * 40000\n"
        "def send():\n    channel.sendall(data)\n    channel.shutdown(socket.SHUT_WR)\n"
        "threading.Thread(target=send).start()\n"
        "print(channel.makefile('rb').read() == data)\n"
    )
    process = start(f"--port={port}", "--", sys.executable, "-c", code)
    output, errors = process.communicate(timeout=120)

    assert output == "True\n", errors


def test_a_connection_that_is_open_at_the_end_is_not_reported():
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        code = (
            "import socket, time\n"
            f"channel = socket.create_connection(('127.0.0.1', {port}))\n"
            "channel.sendall(b'x')\n"
            "time.sleep(600)\n"
        )
        process = start(f"--port={port}", "--", sys.executable, "-c", code)
        outside.settimeout(60)
        channel, _ = outside.accept()
        with channel:
            assert channel.recv(1) == b"x"
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)

    assert errors == ""


def test_where_nobody_listens_outside_the_connection_ends(echo):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    code = (
        f"import socket; channel = socket.create_connection(('127.0.0.1', {port}))\n"
        "try:\n    print(channel.recv(1))\nexcept ConnectionError:\n    print(b'')\n"
    )
    process = start(f"--port={port}", "--", sys.executable, "-c", code)
    output, errors = process.communicate(timeout=60)

    assert output == "b''\n", errors
    assert echo[0].port != port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_everything_inside_ends_with_the_fence(number):
    process = start("--", sys.executable, "-c", STAY)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    inside = descendants(process.pid)
    assert len(inside) == 2

    process.send_signal(number)
    process.communicate(timeout=60)

    wait_until(lambda: not any(map(alive, inside)))


@pytest.mark.parametrize(("code", "status"), [("raise SystemExit(7)", 7), ("import os; os.kill(1, 0)", 0)])
def test_ends_as_the_program_ends(code, status):
    process = start("--", sys.executable, "-c", code)
    process.communicate(timeout=60)

    assert process.returncode == status


def test_a_program_that_does_not_exist_gets_one_message():
    process = start("--", "/does/not/exist")
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert errors == "cannot start /does/not/exist in a network of its own: No such file or directory\n"


def test_without_the_right_there_is_one_message():
    process = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable],
        input="from tools.local import fence; raise SystemExit(fence.main(['--', 'true']))",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert process.returncode == 1, process.stderr
    assert "in a network of its own: " in process.stderr
    assert "Traceback" not in process.stderr
