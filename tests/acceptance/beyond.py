"""Stand-ins for what lies beyond the real node: a network of its own, linked to the node's, that owns any addresses.

    python -m tests.acceptance.beyond PORT...

serves these ports in a new network namespace, until it is ended; with it the network and the link are gone.
"""

import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tools.local import namespaces
from tools.node import Node
from tools.node.enter import first_process

HERE, THERE = "192.0.2.1", "192.0.2.2"  # TEST-NET-1 (RFC 5737): the link between the node and what is beyond


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"HTTP/1.0 204 No Content\r\n\r\n")


def serve(ports: Sequence[int]) -> None:
    """Answer at every address of a new network."""
    namespaces.unshare(namespaces.NEW_NETWORK)
    namespaces.raise_loopback()
    servers = [socketserver.ThreadingTCPServer(("0.0.0.0", port), _Answer) for port in ports]  # noqa: S104
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


@contextmanager
def beyond(node: Node, addresses: Sequence[str], ports: Sequence[int]) -> Iterator[None]:
    """Addresses that the node reaches, and that answer at some ports."""
    words = [sys.executable, "-m", "tests.acceptance.beyond", *map(str, ports)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            inside, outside = first_process(node.layout), server.pid
            _ip(inside, f"link add beyond type veth peer name eth0 netns {outside}")
            _ip(inside, f"addr add {HERE}/30 dev beyond")
            _ip(inside, "link set beyond up")
            _ip(outside, f"addr add {THERE}/30 dev eth0")
            _ip(outside, "link set eth0 up")
            _ip(outside, f"route add default via {HERE}")
            for address in addresses:
                _ip(outside, f"addr add {address}/32 dev eth0")
                _ip(inside, f"route add {address}/32 via {THERE}")
            yield
        finally:
            server.kill()


def _ip(process: int, words: str) -> None:
    subprocess.run(["nsenter", f"--net=/proc/{process}/ns/net", "ip", *words.split()], check=True)


if __name__ == "__main__":
    serve([int(word) for word in sys.argv[1:]])
