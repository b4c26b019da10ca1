"""Free ports on 127.0.0.1, chosen once and kept, so that the server's address in a kubeconfig stays valid."""

import random
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.cluster.errors import ClusterError

ADDRESS = "127.0.0.1"
NAMES = ("kube-apiserver", "etcd", "etcd-peer", "kube-controller-manager", "kube-scheduler", "kwok")
LOWEST = 20000
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Returns whether a server can listen on the port.

    With SO_REUSEADDR, as the components set it: connections that linger after a `down` do not count.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
            listener.listen(1)
        except OSError:
            return False
        return True


def candidates() -> range:
    """Returns the ports to choose from: below those the kernel gives to outgoing connections.

    Those could take a remembered port while the cluster is down.
    """
    try:
        lowest_ephemeral = int(_EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        lowest_ephemeral = 32768
    return range(LOWEST, lowest_ephemeral) if lowest_ephemeral >= LOWEST + 1000 else range(10000, 65536)


def choose(
    remembered: Mapping[str, object],
    api_port: int | None = None,
    free: Callable[[int], bool] = is_free,
    pool: range | None = None,
    names: Sequence[str] = NAMES,
) -> dict[str, int]:
    """Returns a port for every name: the remembered one where it is still free, else another free one.

    Args:
        remembered: Ports of the last start by name; anything that is no port number is ignored.
        api_port: The port the API server must have, if the user asked for one.
        free: Says whether a port is free.
        pool: Where new ports are taken from; by default `candidates()`.
        names: What needs a port each.

    Raises:
        ClusterError: The port asked for is no port or is taken, or no port is free.
    """
    chosen: dict[str, int] = {}
    if api_port is not None:
        if not 1 <= api_port <= 65535:
            raise ClusterError(f"Port {api_port} does not exist: --port takes 1 to 65535.")
        if not free(api_port):
            raise ClusterError(
                f"Port {api_port} of {ADDRESS} is taken by another program, or needs more rights than you have. "
                "Give another --port, or none: a free one is then chosen."
            )
        chosen["kube-apiserver"] = api_port
    for name in names:
        port = remembered.get(name)
        if name in chosen or not isinstance(port, int) or not 1 <= port <= 65535:
            continue
        if port not in chosen.values() and free(port):
            chosen[name] = port
    pool = candidates() if pool is None else pool
    for name in names:
        if name not in chosen:
            chosen[name] = _another(pool, set(chosen.values()), free)
    return {name: chosen[name] for name in names}


def _another(pool: range, taken: set[int], free: Callable[[int], bool]) -> int:
    for port in random.sample(pool, len(pool)):
        if port not in taken and free(port):
            return port
    raise ClusterError(
        f"No free port on {ADDRESS} between {pool.start} and {pool.stop - 1}. End programs that listen there."
    )
