"""Relays a port of 127.0.0.1 to a Service of the cluster, from inside the real node's network.

    python -m tools.observability.doorway --node DIR --service remediator.slate-system.svc --port 20005 --to 8095

Alertmanager runs on the machine; with a real node, the programs that it calls are pods.
"""

import argparse
import contextlib
import os
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tools.cluster.ports import ADDRESS
from tools.local import namespaces
from tools.node import dns
from tools.node.enter import first_process
from tools.node.errors import NodeError
from tools.node.layout import Layout
from tools.node.network import DNS_SERVICE

_CHUNK = 1 << 16
_SECONDS = 10.0
_DOMAIN = "cluster.local"

Connect = Callable[[], socket.socket]


class Relay(socketserver.ThreadingTCPServer):
    """Passes each connection on to the one that `connect` makes; a thread of its own for each."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, connect: Connect):
        self.connect = connect
        super().__init__((ADDRESS, port), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        try:
            far = self.server.connect()
        except (OSError, NodeError) as error:
            print(f"cannot connect: {error}", file=sys.stderr, flush=True)
            return
        with far:
            back = threading.Thread(target=_copy, args=(far, self.request), daemon=True)
            back.start()
            _copy(self.request, far)
            back.join()


def service(node: Path, name: str, port: int) -> socket.socket:
    """Connects to a Service from inside the node's network, in which this thread then stays.

    Args:
        node: The node's directory.
        name: The Service's name with its namespace, such as remediator.slate-system.svc.
        port: Its port.

    Raises:
        NodeError: The node does not run.
        OSError: The Service does not answer.
    """
    # Each time anew: a node that was started again has another network.
    descriptor = os.open(f"/proc/{first_process(Layout.of(node))}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        namespaces.join(descriptor, namespaces.NEW_NETWORK)
    finally:
        os.close(descriptor)
    found = dns.ask(f"{name}.{_DOMAIN}", DNS_SERVICE)
    if not found:
        raise OSError(f"the cluster's DNS does not know {name}")
    channel = socket.create_connection((found[0], port), _SECONDS)
    channel.settimeout(None)
    return channel


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def main() -> None:
    """Relays until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tools.observability.doorway", description=__doc__)
    parser.add_argument("--node", type=Path, required=True, help="the real node's directory")
    parser.add_argument("--service", required=True, help="name of the Service, with its namespace and `.svc`")
    parser.add_argument("--to", type=int, required=True, help="port of the Service")
    parser.add_argument("--port", type=int, required=True, help="port of 127.0.0.1 to listen on")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Relay(given.port, lambda: service(given.node, given.service, given.to)) as relay:
        relay.serve_forever()


if __name__ == "__main__":
    main()
