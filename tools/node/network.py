"""The addresses of a real node: its link to the machine, its pods, its services.

Pure but for `taken_networks` and `choosing`.
"""

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.files import lock
from tools.node.errors import NodeError

SERVICE_NETWORK = "10.96.0.0/16"  # as the control plane has it: tools/cluster/components.py
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
API_PORT = 6443
"""The API server's port at the node's address, which policies of programs in the cluster allow (besides 443)."""
CHOICES = range(64)
_ROUTES = Path("/proc/net/route")
_LOCK = Path("/run/slate-node.lock")


@dataclass(frozen=True)
class Addresses:
    """The addresses of one clone's node; several clones of a machine have different ones.

    Attributes:
        index: Which of `CHOICES`.
    """

    index: int

    @property
    def link(self) -> str:
        """The network between the machine and the node: two addresses."""
        return f"172.30.{self.index}.0/30"

    @property
    def machine(self) -> str:
        """The machine's address towards the node."""
        return f"172.30.{self.index}.1"

    @property
    def node(self) -> str:
        """The node's address."""
        return f"172.30.{self.index}.2"

    @property
    def pods(self) -> str:
        """The network of the pods; simulated pods have theirs in 10.244.0.0/16."""
        return f"10.245.{self.index}.0/24"

    @property
    def interface(self) -> str:
        """The machine's end of the link; names of interfaces hold 15 characters."""
        return f"slate-node{self.index}"


def choose(remembered: int | None, taken: Iterable[str]) -> Addresses:
    """Returns addresses that nothing on this machine uses: those of the last start if they are still free.

    Args:
        remembered: The index of the last start.
        taken: Networks that the machine has routes to.

    Raises:
        NodeError: All are taken.
    """
    used = [ipaddress.ip_network(network) for network in taken]
    first = () if remembered is None or remembered not in CHOICES else (remembered,)
    for index in (*first, *CHOICES):
        found = Addresses(index)
        mine = (ipaddress.ip_network(found.link), ipaddress.ip_network(found.pods))
        if not any(own.overlaps(network) for own in mine for network in used if own.version == network.version):
            return found
    raise NodeError(
        "No free network for the node: the machine has routes to all of 172.30.0.0/18 or 10.245.0.0/18. Remove those"
        " that are not needed (ip route), or stop the nodes of other clones."
    )


@contextlib.contextmanager
def choosing(waiting: Callable[[], None], path: Path = _LOCK) -> Iterator[None]:
    """Keeps the nodes of all other clones of this machine from choosing; until the addresses chosen are in use.

    Args:
        waiting: Called once if another clone's node is choosing.
        path: The file that is locked, which stays: whoever removed it would lock out nobody.
    """
    with lock(path, waiting, lambda: None):
        yield


def taken_networks(routes: Path = _ROUTES) -> list[str]:
    """Returns the IPv4 networks that the machine has routes to, but for the default route."""
    found = []
    for line in routes.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        destination, mask = (_address(fields[number]) for number in (1, 7))
        if mask != "0.0.0.0":  # noqa: S104 (the mask of the default route)
            found.append(f"{destination}/{mask}")
    return found


def _address(little_endian: str) -> str:
    return socket.inet_ntoa(struct.pack("<L", int(little_endian, 16)))
