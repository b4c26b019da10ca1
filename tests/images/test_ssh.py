"""The SSH server: one user, the mounted keys, little forwarding, and the same host key ever after."""

import socket
import subprocess
import time

import pytest

from tests.images.rig import free_port
from tests.images.workspace import Workspace, make_home, started

pytestmark = pytest.mark.images


def test_a_key_of_the_platform_opens_a_session_with_the_environment(workspace: Workspace):
    done = workspace.ssh("id -u; which python slate-env; python -c 'import numpy; print(numpy.__name__)'")

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1000", "/opt/conda/bin/python", "/opt/slate/bin/slate-env", "numpy"]


def test_a_login_shell_on_a_terminal_has_the_environment_too(workspace: Workspace):
    done = workspace.ssh("tty; bash -lc 'which python'", "-tt")

    assert "/dev/pts/" in done.stdout
    assert "/opt/conda/bin/python" in done.stdout


def test_another_key_is_refused(workspace: Workspace):
    done = workspace.ssh("true", key="other-key")

    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr


def test_there_are_no_passwords(workspace: Workspace):
    done = workspace.ssh("true", "-o", "PreferredAuthentications=password,keyboard-interactive", key="other-key")

    assert "Permission denied (publickey)" in done.stderr


def test_keys_in_the_home_do_not_count(workspace: Workspace):
    """Else a program that a user runs could open the workspace for somebody else, and for good."""
    key = (workspace.folder / "other-key.pub").read_text()
    workspace.container.run("bash", "-c", f"mkdir -p ~/.ssh && echo '{key}' > ~/.ssh/authorized_keys")

    assert workspace.ssh("true", key="other-key").returncode == 255


def test_files_can_be_copied(workspace: Workspace):
    source = workspace.folder / "data"
    source.write_text("content")
    options = workspace.ssh_command()[1:-1]
    options[options.index("-p")] = "-P"

    done = subprocess.run(
        ["scp", "-s", *options, str(source), "aiuser@127.0.0.1:copied"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert workspace.container.run("cat", "copied").stdout == "content"


def connected(port: int) -> socket.socket:
    """A connection, as soon as somebody listens."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the client does not forward"
            time.sleep(0.1)


def forwards(workspace: Workspace, target: str) -> bytes:
    """What comes out of a local forwarding to a target."""
    port = free_port()
    command = workspace.ssh_command("-N", "-L", f"127.0.0.1:{port}:{target}", "-o", "ExitOnForwardFailure=yes")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as client:
        try:
            link = connected(port)
            with link:
                link.sendall(b"GET /api HTTP/1.0\r\n\r\n")
                try:
                    return link.recv(64)
                except ConnectionResetError:
                    return b""
        finally:
            client.terminate()


def test_forwards_to_the_workspace_itself(workspace: Workspace):
    assert b"200" in forwards(workspace, f"127.0.0.1:{workspace.port}")


def test_forwards_to_nowhere_else(workspace: Workspace):
    """An address of this machine by another name: reachable, but not what editors need."""
    assert forwards(workspace, f"127.0.0.2:{workspace.port}") == b""


def test_listens_for_nobody(workspace: Workspace):
    done = workspace.ssh("true", "-R", f"{free_port()}:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes")

    assert done.returncode == 255
    assert "remote port forwarding failed" in done.stderr


def test_host_key_is_made_once_and_stays_in_the_home(default_image, tmp_path):
    home = make_home(tmp_path / "home")
    seen = []
    for number in range(2):
        with started(default_image, tmp_path / str(number), home=home) as workspace:
            workspace.wait_until_ready()
            seen.append((workspace.folder / "known_hosts").read_text().split()[-1])
    key = home / ".slate/ssh/ssh_host_ed25519_key"

    assert seen[0] == seen[1]
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.stat().st_uid == 1000
