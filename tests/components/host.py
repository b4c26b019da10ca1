"""The component host as a real process, spoken to over Pulumi's provider protocol, as other languages do."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc, resource_pb2, resource_pb2_grpc

from tests.harness import IMAGES, ROOT


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The engine's side of the protocol: takes registrations and answers as an engine without providers would."""

    def __init__(self) -> None:
        self.registered: list[Any] = []
        self.lock = threading.Lock()

    def SupportsFeature(self, request, context):  # noqa: ARG002, N802 - the protocol's signature
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def RegisterResource(self, request, context):  # noqa: ARG002, N802 - the protocol's signature
        with self.lock:
            self.registered.append(request)
        urn = f"urn:pulumi:dev::test::{request.type}::{request.name}"
        identifier = f"{request.name}-id" if request.custom else ""
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.object)
        if request.type in IMAGES:
            outputs.update(IMAGES[request.type](json_format.MessageToDict(request.object), False))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=outputs)

    def RegisterResourceOutputs(self, request, context):  # noqa: ARG002, N802 - the protocol's signature
        return empty_pb2.Empty()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Inputs of the registered resources of a kind."""
        return [
            json_format.MessageToDict(request.object)
            for request in self.registered
            if request.type.rsplit(":", 1)[-1] == kind
        ]


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes log lines."""

    def Log(self, request, context):  # noqa: ARG002, N802 - the protocol's signature
        return empty_pb2.Empty()


@contextlib.contextmanager
def engine() -> Iterator[tuple[str, Monitor]]:
    """A resource monitor and an engine on a free port; yields the address and the monitor."""
    monitor = Monitor()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", monitor
    finally:
        server.stop(grace=None).wait()


@contextlib.contextmanager
def component_host(engine_address: str) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The host of the component package, started as Pulumi starts it: by its folder, elsewhere."""
    command = [sys.executable, "-u", str(ROOT / "components"), engine_address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/") as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdigit(), "the host did not announce its port"
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield provider_pb2_grpc.ResourceProviderStub(channel)
        finally:
            process.terminate()
