"""Connects standard input and output to a port of a workspace, from inside the node's network."""

import os
import select
import socket

from tools.local import namespaces
from tools.node import dns
from tools.node.enter import first_process
from tools.node.errors import NodeError
from tools.node.front_door import pod_name
from tools.node.layout import Layout
from tools.node.network import DNS_SERVICE

_CHUNK = 1 << 16
_SECONDS = 10


def connect(layout: Layout, host: str, domain: str, port: int) -> None:
    """Relays until one side ends.

    Raises:
        NodeError: There is no such workspace, it does not answer, or the node does not run.
    """
    try:
        name = pod_name(host, domain)
        descriptor = os.open(f"/proc/{first_process(layout)}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        namespaces.join(descriptor, namespaces.NEW_NETWORK)
        found = dns.ask(name, DNS_SERVICE)
        if not found:
            raise NodeError(f"{host} does not run: the cluster's DNS does not know {name}. Look closer: make status")
        channel = socket.create_connection((found[0], port), _SECONDS)
    except ValueError as error:
        raise NodeError(str(error)) from error
    except OSError as error:
        raise NodeError(f"{host} cannot be reached: {error.strerror or error}") from error
    channel.settimeout(None)
    with channel:
        _relay(channel)


def _relay(channel: socket.socket) -> None:
    open_input = True
    while True:
        ready, _, _ = select.select([channel, *([0] if open_input else [])], [], [])
        if channel in ready:
            data = channel.recv(_CHUNK)
            if not data:
                return
            _write(data)
        if 0 in ready:
            data = os.read(0, _CHUNK)
            if data:
                channel.sendall(data)
            else:
                open_input = False
                channel.shutdown(socket.SHUT_WR)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
