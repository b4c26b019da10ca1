"""Whether the local services answer."""

import http.client
import socket
from collections.abc import Mapping

from tools.cluster.ports import ADDRESS
from tools.local import services
from tools.local.layout import Layout

_SECONDS = 3.0
_PATHS = {services.REGISTRY: "/v2/", services.MIRROR: "/healthz"}


def answers(name: str, layout: Layout, ports: Mapping[str, int]) -> bool:
    """Returns whether a service answers."""
    if name == services.BUILDKIT:
        return _listens(layout)
    connection = http.client.HTTPConnection(ADDRESS, ports[name], timeout=_SECONDS)
    try:
        connection.request("GET", _PATHS[name])
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listens(layout: Layout) -> bool:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(_SECONDS)
        try:
            channel.connect(str(layout.socket))
        except OSError:
            return False
        return True
