"""Whether a node that has just been started is there: what the API server remembers of its last life does not count."""

import datetime
import socket
from collections.abc import Iterable, Mapping
from typing import Any

from tools.node import dns

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
    """Returns whether a DNS server answers a question for the address of the API server's Service."""
    return bool(dns.ask(_NAME, address, port))


def listens(address: str, port: int) -> bool:
    """Returns whether something listens on a port."""
    try:
        socket.create_connection((address, port), _SECONDS).close()
    except OSError:
        return False
    return True
