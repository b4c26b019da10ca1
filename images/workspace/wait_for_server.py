"""Waits until JupyterLab answers: the start-up probe. Exit code 0 once it does, 1 if not within the seconds given.

A probe that asked each second would see JupyterLab up to a second late, and tell of each failure in an event: a slow
start would use up what the kubelet may tell of this pod (25 events, then one in five minutes), and it could not pass on
what the health check says later. Runs on a bare `python -I -S`, as it waits beside JupyterLab's own start.
"""

import os
import socket
import sys
import time

PAUSE = 0.1
SECONDS = 5.0
"""For one answer."""


def answers(port: int) -> bool:
    """Whether JupyterLab answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as link:
            link.sendall(b"GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in link.recv(256)
    except OSError:
        return False


def main(arguments: list) -> int:
    """Exit code, see the module's text."""
    try:
        (seconds,) = map(float, arguments)
    except ValueError:
        print("usage: wait_for_server.py SECONDS", file=sys.stderr)
        return 2
    port = int(os.environ.get("SLATE_PORT", "8888"))
    deadline = time.monotonic() + seconds
    while not answers(port):
        if time.monotonic() + PAUSE > deadline:
            print(f"JupyterLab does not answer on port {port} yet, after {seconds:g} s")
            return 1
        time.sleep(PAUSE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
