"""What image builds need, for one test session: registry, mirror, a fenced builder, and the planned layers."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from components.workspace_images.context import File, Layer, write
from components.workspace_images.plan import Request, plan
from tests.images import builder
from tools.debian_base import ensure
from tools.local.pushing import push_layout
from tools.local.registry_client import Registry
from tools.paths import ROOT, SLATE

PATIENCE = 120.0  # seconds; only so that a broken service does not hang the tests
CHANNEL = {"name": "fixture", "url": "https://slate.invalid/fixture"}


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command: str | Path) -> None:
    """Run one of our commands; its output is shown if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@contextmanager
def service(
    log: Path, *command: str | Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    """A process for the length of a `with`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(map(str, command)), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=environment,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until something answers."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - loopback
                return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert monotonic() < deadline, f"{url} does not answer: {log.read_text()}"
            sleep(0.1)


@contextmanager
def buildkit(folder: Path, binaries: Path, ports: tuple[int, ...]) -> Iterator[builder.Builder]:
    """A builder of its own, whose builds reach the given ports of this machine and nothing else."""
    root, docker = folder / "buildkit", folder / "docker"
    (docker / "buildx/instances").mkdir(parents=True)
    # A socket's path may have 107 characters at most, and test folders are deep.
    link = Path("/run" if os.access("/run", os.W_OK) else "/tmp") / f"slate-{os.getpid()}-{free_port()}.sock"
    node = {"Name": "test0", "Endpoint": f"unix://{link}"}
    instance = {"Name": "test", "Driver": "remote", "Nodes": [node]}
    (docker / "buildx/instances/test").write_text(json.dumps(instance))
    relayed = [item for port in ports for item in ("--port", str(port))]
    cgroups = set(Path("/sys/fs/cgroup").glob("*/buildkit"))
    daemon = [
        binaries / "buildkitd", "--addr", f"unix://{link}", "--root", root,
        "--oci-worker-net", "host", "--containerd-worker=false",
    ]  # fmt: skip
    log = folder / "buildkitd.log"
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
    try:
        # buildkitd looks for runc on its PATH.
        fence = [sys.executable, "-m", "tools.local.fence", *relayed, "--", *daemon]
        with service(log, *fence, environment=environment) as process:
            deadline = monotonic() + PATIENCE
            while not link.exists():
                assert process.poll() is None, log.read_text()
                assert monotonic() < deadline, log.read_text()
                sleep(0.1)
            provider = binaries / "pulumi-resource-docker-build"
            with builder.running(provider, "test", docker, environment) as running:
                yield running
    finally:
        link.unlink(missing_ok=True)
        for path in set(Path("/sys/fs/cgroup").glob("*/buildkit")) - cgroups:
            path.rmdir()
        subprocess.run(["rm", "-rf", "--", str(root)], check=False)  # faster than Python with this many files


@dataclass
class Rig:
    """Running services, and the layers that were built so far.

    Attributes:
        registry: Its host and port.
        mirror: The mirror's address, with `/latest`.
        debian: The Debian base image by digest.
        ports: What builds may reach.
        references: Layer -> its image by digest.
    """

    folder: Path
    binaries: Path
    registry: str
    mirror: str
    debian: str
    ports: tuple[int, ...]
    layers: Mapping[str, Layer]
    builder: builder.Builder
    references: dict[str, str] = field(default_factory=dict)

    def context(
        self, layer: str, files: Mapping[str, str] | None = None, facts: Mapping[str, Any] | None = None
    ) -> Path:
        """The build context of a layer, with some files or facts of `layer.json` replaced."""
        planned = self.layers[layer]
        changed = {name: File(text.encode()) for name, text in (files or {}).items()}
        if facts:
            changed["layer.json"] = File(
                json.dumps({**json.loads(planned.files["layer.json"].content), **facts}).encode()
            )
        return write(replace(planned, files={**planned.files, **changed}), self.folder / "contexts")

    def arguments(self, layer: str) -> dict[str, str]:
        """Its build arguments; builds the layers below first."""
        planned = self.layers[layer]
        arguments = {**planned.arguments, "MIRROR": self.mirror}
        if planned.below:
            arguments["BELOW"] = self.image(planned.below)
        return arguments

    def image(self, layer: str) -> str:
        """The reference of a layer's image by digest; it is built if it is new."""
        if layer not in self.references:
            planned = self.layers[layer]
            tag = f"{self.registry}/slate/{layer}:{planned.content_hash}"
            built = self.builder.build(
                self.context(layer), planned.target, self.arguments(layer), tag=tag, compression="zstd"
            )
            self.references[layer] = built["ref"]
        return self.references[layer]


@contextmanager
def running(folder: Path, binaries: Path) -> Iterator[Rig]:
    """All services for the length of a `with`; the fixture channel, locks and Debian image are `make up`'s own."""
    run("tools.lock", "make")
    locks = SLATE / "locks/fixture"
    source = max((SLATE / "cache/fixture-channel").glob("*/channel"), key=lambda path: path.stat().st_mtime)
    (folder / "mirror.yml").write_text(
        json.dumps(
            {
                "channels": [{**CHANNEL, "source": source.as_uri()}],
                "platforms": ["linux-64"],
                "take": {"locks": sorted(str(path) for path in locks.glob("[!.]*.lock"))},
            }
        )
    )
    run("services.conda_mirror", "sync", "--config", folder / "mirror.yml", "--root", folder / "mirror")
    registry, mirror = free_port(), free_port()
    (folder / "registry.yml").write_text(
        json.dumps(
            {
                "version": "0.1",
                "log": {"level": "warn", "accesslog": {"disabled": True}},
                "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}},
                "http": {"addr": f"127.0.0.1:{registry}"},
            }
        )
    )
    with ExitStack() as stack:
        logs = {name: folder / f"{name}.log" for name in ("registry", "mirror")}
        serve = [
            sys.executable, "-m", "services.conda_mirror", "serve", "--root", folder / "mirror",
            "--address", "127.0.0.1", "--port", str(mirror),
        ]  # fmt: skip
        process = stack.enter_context(
            service(logs["registry"], binaries / "registry", "serve", folder / "registry.yml")
        )
        wait_for(f"http://127.0.0.1:{registry}/v2/", process, logs["registry"])
        process = stack.enter_context(service(logs["mirror"], *serve))
        wait_for(f"http://127.0.0.1:{mirror}/healthz", process, logs["mirror"])
        debian = push_layout(Registry(f"127.0.0.1:{registry}"), "slate/debian", ensure(SLATE, lambda _: None).directory)
        channel = {**CHANNEL, "mirror": f"http://127.0.0.1:{mirror}/latest/fixture"}
        layers = plan(Request(root=ROOT, locks=locks, debian=str(debian), channels=[channel]))
        ports = (registry, mirror)
        built = stack.enter_context(buildkit(folder, binaries, ports))
        yield Rig(
            folder, binaries, f"127.0.0.1:{registry}", f"http://127.0.0.1:{mirror}/latest", str(debian), ports,
            {layer.name: layer for layer in layers}, built,
        )  # fmt: skip
