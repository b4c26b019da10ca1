"""Whether a node that has just been started is there: what the API server remembers of its last life does not count."""

import contextlib
import datetime
import secrets
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import Any

_SECONDS = 2.0
_NAME = "kubernetes.default.svc.cluster.local"


def is_ready(node: Mapping[str, Any], since: float) -> bool:
    """Returns whether a Node is ready and its kubelet has said so.

    Args:
        node: The object; may be empty.
        since: When the kubelet was started, in seconds since 1970.
    """
    for condition in (node.get("status") or {}).get("conditions") or ():
        if condition["type"] == "Ready":
            said = datetime.datetime.fromisoformat(condition["lastHeartbeatTime"].replace("Z", "+00:00"))
            return condition["status"] == "True" and said.timestamp() >= int(since)  # it is told in whole seconds
    return False


def any_serves_names(pods: Iterable[Mapping[str, Any]]) -> bool:
    """Returns whether one of some pods knows the cluster's names, by asking it."""
    addresses = [(pod.get("status") or {}).get("podIP") for pod in pods]
    return any(serves_names(address) for address in addresses if address)


def serves_names(address: str, port: int = 53) -> bool:
    """Returns whether a DNS server answers a question for the address of the API server's Service (RFC 1035)."""
    number = secrets.randbelow(1 << 16)
    name = b"".join(bytes([len(label)]) + label.encode("ascii") for label in _NAME.split("."))
    question = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + name + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel, contextlib.suppress(OSError):
        channel.settimeout(_SECONDS)
        channel.sendto(question, (address, port))
        answer = channel.recv(512)
        if len(answer) < 12:
            return False
        got, flags, _, answers, _, _ = struct.unpack(">6H", answer[:12])
        return got == number and not flags & 0x000F and answers > 0
    return False
