"""The start-up probe ends as soon as JupyterLab answers, and not before."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from tools.paths import ROOT

ANSWER = b"HTTP/1.0 200 OK\r\n\r\n{}"


def probe(port: int, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", "-B", str(ROOT / "images/workspace/wait_for_server.py"), *arguments]
    environment = {**os.environ, "SLATE_PORT": str(port)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def serve(listener: socket.socket, *answers: bytes) -> threading.Thread:
    """Gives each connection the next answer."""

    def run() -> None:
        for answer in answers:
            link, _ = listener.accept()
            with link:
                link.recv(1024)
                link.sendall(answer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_ends_once_the_server_answers():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answered = serve(listener, b"HTTP/1.0 503 Starting\r\n\r\n", ANSWER)

        with probe(port, "60") as waiting:
            assert waiting.wait(60) == 0
        answered.join(60)

    assert not answered.is_alive()  # the first answer was no reason to end


def test_waits_for_a_server_that_does_not_listen_yet():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with probe(port, "60") as waiting:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1)
            reserved.listen()
            serve(reserved, ANSWER)

            assert waiting.wait(60) == 0


def test_gives_up_in_time_and_says_why():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        with probe(silent.getsockname()[1], "0.3") as waiting:
            said, _ = waiting.communicate(timeout=60)

    assert waiting.returncode == 1
    assert "JupyterLab does not answer" in said


@pytest.mark.parametrize("arguments", [(), ("soon",), ("1", "2")])
def test_wrong_arguments(arguments):
    with probe(1, *arguments) as waiting:
        _, said = waiting.communicate(timeout=60)

    assert waiting.returncode == 2
    assert said == "usage: wait_for_server.py SECONDS\n"
