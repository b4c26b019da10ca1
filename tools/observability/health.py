"""Whether the programs answer."""

import http.client

from tools.cluster.ports import ADDRESS
from tools.observability.programs import Program

_SECONDS = 3.0


def answers(program: Program) -> bool:
    """Returns whether a program answers; one without a port does as long as it runs."""
    return not program.port or get(program.port, program.path) is not None


def get(port: int, path: str, seconds: float = _SECONDS) -> bytes | None:
    """Returns what a port of 127.0.0.1 answers to a GET request with 200, or None."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=seconds)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.read() if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
