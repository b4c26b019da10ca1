"""Messages to the engine: what is shown beside a resource while it is worked on."""

import threading
from typing import Any

from .protocol import engine_pb2, engine_pb2_grpc


class Engine:
    """The engine's log service; without an address messages are dropped."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self._lock = threading.Lock()
        self._stub: Any = None

    def status(self, urn: str, text: str) -> None:
        """Show a line that the next one overwrites."""
        self._log(engine_pb2.INFO, urn, text, ephemeral=True)

    def warn(self, urn: str, text: str) -> None:
        """Show a warning that stays."""
        self._log(engine_pb2.WARNING, urn, text, ephemeral=False)

    def _log(self, severity: Any, urn: str, text: str, ephemeral: bool) -> None:
        import grpc  # noqa: PLC0415 - the server has loaded it

        if not self.address:
            return
        with self._lock:
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address))
        try:
            self._stub.Log(
                engine_pb2.LogRequest(severity=severity, urn=urn, message=text, ephemeral=ephemeral), timeout=5
            )
        except grpc.RpcError:
            return  # a lost message must not fail an update
