"""Builds image layers as a stack does: through the docker-build provider, but without a Pulumi engine around it."""

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

TOKEN = "docker-build:index:Image"
MINUTES = 20  # so that a stuck build does not hang the tests


class BuildFailedError(Exception):
    """The build was refused; the text holds the builder's own log."""


class _Engine(engine_pb2_grpc.EngineServicer):
    """What a provider expects of the engine: it takes log lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def Log(self, request, context):  # noqa: ARG002, N802 - the protocol's names
        self.lines.append(request.message)
        return empty_pb2.Empty()


@dataclass
class Builder:
    """A running provider.

    Attributes:
        name: The builder of the Docker configuration that it uses.
        log: Everything that builds have said so far.
    """

    name: str
    provider: provider_pb2_grpc.ResourceProviderStub
    log: list[str] = field(default_factory=list)

    def build(
        self,
        context: Path,
        target: str,
        arguments: Mapping[str, str],
        *,
        tag: str | None = None,
        export: Path | None = None,
        cache: bool = True,
        compression: str | None = None,
    ) -> dict[str, Any]:
        """Build one target.

        Args:
            context: The context folder; its `Dockerfile` is used.
            target: Stage of the Dockerfile.
            arguments: Build arguments.
            tag: Push under this reference.
            export: Or write an OCI layout to this folder (the provider cannot write archives).
            cache: Whether results of earlier builds may be used.
            compression: Of the layers; the builder's own choice for None.

        Returns:
            The resource's outputs; `ref` is the reference by digest of what was pushed.

        Raises:
            BuildFailedError: With the builder's log.
        """
        inputs: dict[str, Any] = {
            "buildOnPreview": False,
            "builder": {"name": self.name},
            "context": {"location": str(context)},
            "dockerfile": {"location": str(context / "Dockerfile")},
            "target": target,
            "buildArgs": dict(arguments),
            "noCache": not cache,
            "push": tag is not None,
            "network": "default",
        }
        if tag:
            inputs["tags"] = [tag]
            if compression:
                inputs["push"] = False
                image = {
                    "compression": compression,
                    "compressionLevel": 3,
                    "ociMediaTypes": True,
                    "push": True,
                    "names": [tag],
                }
                inputs["exports"] = [{"image": image}]
        if export:
            inputs["exports"] = [{"oci": {"dest": str(export), "tar": False, "compression": "uncompressed"}}]
        urn = f"urn:pulumi:test::test::{TOKEN}::{target}"
        properties = struct_pb2.Struct()
        properties.update(inputs)
        seen = len(self.log)
        try:
            checked = self.provider.Check(provider_pb2.CheckRequest(urn=urn, news=properties), timeout=60)
            if checked.failures:
                raise BuildFailedError("; ".join(f"{item.property}: {item.reason}" for item in checked.failures))
            request = provider_pb2.CreateRequest(urn=urn, properties=checked.inputs, timeout=MINUTES * 60)
            created = self.provider.Create(request, timeout=MINUTES * 60)
        except grpc.RpcError as error:
            self._wait_for_log()
            details = error.details() if isinstance(error, grpc.Call) else error
            text = "\n".join([*self.log[seen:], str(details)])
            raise BuildFailedError(text) from None
        return MessageToDict(created.properties)

    def _wait_for_log(self) -> None:
        """The answer may come before the last lines of the log, which say why."""
        seen = -1
        while seen != len(self.log):
            seen = len(self.log)
            time.sleep(1)


@contextmanager
def running(binary: Path, name: str, docker_config: Path, environment: Mapping[str, str]) -> Iterator[Builder]:
    """A provider process for the length of a `with`.

    Args:
        binary: `pulumi-resource-docker-build`.
        name: Name of the builder in the Docker configuration.
        docker_config: Folder of the Docker configuration.
        environment: Environment of the process; `DOCKER_CONFIG` is added.
    """
    engine = _Engine()
    server = grpc.server(ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process = subprocess.Popen(
        [str(binary), f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "DOCKER_CONFIG": str(docker_config)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    drains: list[threading.Thread] = []
    try:
        line = process.stdout.readline().strip()
        assert line.isdigit(), f"the provider gave no port but {line!r}"
        drains = [
            threading.Thread(target=lambda: engine.lines.extend(process.stderr or ()), daemon=True),
            threading.Thread(target=lambda: list(process.stdout or ()), daemon=True),
        ]
        for drain in drains:
            drain.start()
        with grpc.insecure_channel(f"127.0.0.1:{line}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            provider.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True, acceptResources=True), timeout=60)
            yield Builder(name, provider, engine.lines)
    finally:
        process.terminate()
        process.wait(30)
        for drain in drains:
            drain.join(5)
        process.stdout.close()
        process.stderr.close()
        server.stop(None).wait()
