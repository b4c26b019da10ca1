"""SSH through the node: commands and files for the owner of the key, and no way to anywhere else."""

import contextlib
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.acceptance.real_clone import HOST, RealClone

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]


@pytest.fixture
def other_key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(path)], check=True)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_runs_a_command_in_the_workspaces_environment(clone, key):
    answer = clone.ssh(key, "id -u; which python; python -c 'import numpy; print(numpy.arange(3).sum())'")

    assert answer.stdout.split() == ["1000", "/opt/conda/bin/python", "3"], answer.stderr


def test_another_key_and_passwords_are_refused(clone, key, other_key):
    refused = clone.ssh(other_key, "id")
    without = clone.ssh(key, "id", options=["-o", "PubkeyAuthentication=no"])

    for answer in (refused, without):
        assert answer.returncode == 255
        # The list of what the server would take: nothing else.
        assert "Permission denied (publickey)." in answer.stderr


def test_bobs_key_opens_bobs_workspace_alone(clone, key):
    words = ["ssh", *clone.ssh_options(key), HOST.replace("bob", "carol"), "id"]

    answer = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    assert answer.returncode == 255
    assert "Permission denied" in answer.stderr


def test_sftp_copies_files_both_ways(clone, key, tmp_path):
    sent, received = tmp_path / "sent", tmp_path / "received"
    sent.write_bytes(bytes(range(256)) * 4096)
    commands = f"put {sent} copied\nget copied {received}\n"

    answer = subprocess.run(
        ["sftp", "-b", "-", *clone.ssh_options(key), HOST],
        input=commands, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert answer.returncode == 0, answer.stderr
    assert received.read_bytes() == sent.read_bytes()
    assert clone.inside("stat", "-c", "%U %s", "/home/workspace/copied").split() == ["aiuser", str(1 << 20)]
    clone.inside("rm", "/home/workspace/copied")


def test_forwards_to_servers_inside_the_workspace_and_not_to_the_network(clone: RealClone, key):
    ports = [free_port(), free_port()]
    neighbour = clone.pod("carol")["status"]["podIP"]
    forwards = ["-L", f"127.0.0.1:{ports[0]}:127.0.0.1:8888", "-L", f"127.0.0.1:{ports[1]}:{neighbour}:8888"]
    words = ["ssh", *clone.ssh_options(key), *forwards, "-N", HOST]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert b"200" in _asked(ports[0])
        assert _asked(ports[1]) == b""
    finally:
        _end(process)


def test_listens_for_nobody_and_forwards_no_agent(clone, key):
    answer = clone.ssh(key, "true", options=["-R", "18080:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes"])
    agent = clone.ssh(key, 'echo "agent=$SSH_AUTH_SOCK display=$DISPLAY"', options=["-A", "-X"])

    assert answer.returncode == 255
    assert "remote port forwarding failed" in answer.stderr
    assert agent.stdout.strip() == "agent= display="


def _end(process: subprocess.Popen[bytes]) -> None:
    """End an ssh; a signal just before it waits for its connections is noticed only by the next one."""
    for _ in range(12):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return
    process.kill()
    process.wait()


def _asked(port: int) -> bytes:
    """What a forwarded port answers to a request; nothing if the connection is closed."""
    deadline = time.monotonic() + 60
    while True:
        try:
            link = socket.create_connection(("127.0.0.1", port), 30)
            break
        except OSError:  # ssh does not listen yet
            assert time.monotonic() < deadline
            time.sleep(0.1)
    with link:
        try:
            link.sendall(b"GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return link.recv(1024)
        except ConnectionError:
            return b""
