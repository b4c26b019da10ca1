"""Workspaces on a real node, for benchmarks: set up from nothing, used through the front door, removed again."""

import base64
import contextlib
import http.client
import os
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kubernetes
import yaml

from tools.bench import measure
from tools.bench.clone import Clone
from tools.bench.fleet import say
from tools.node import Node
from tools.paths import ROOT

PROJECT = "bench"
NAMESPACE = f"ws-{PROJECT}"
ADDRESS = "127.0.0.1"
PATIENCE_SECONDS = 900.0
"""After this a workspace is taken not to come (back) at all."""


@dataclass
class Door:
    """A workspace's JupyterLab as its user reaches it: by its host name, with its certificate checked.

    Attributes:
        host: The workspace's host name.
        port: The front door's port on this machine.
        authority: Certificate of the authority that the front door's are signed by.
        token: The workspace's token.
    """

    host: str
    port: int
    authority: Path
    token: str
    _connection: http.client.HTTPSConnection | None = field(default=None, repr=False)

    def get(self, path: str, seconds: float = 5.0) -> tuple[int, bytes]:
        """Ask for a page as the logged-in user, over one connection as long as that lasts.

        Raises:
            OSError: No answer.
        """
        connection = self._connection or self._connect(seconds)
        try:
            connection.sock.settimeout(seconds)
            connection.request("GET", path, headers={"Authorization": f"token {self.token}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(f"{self.host} gives no answer: {error!r}") from error

    def usable(self, seconds: float = 5.0) -> bool:
        """Whether JupyterLab's page comes."""
        try:
            return self.get("/lab", seconds)[0] == http.HTTPStatus.OK
        except OSError:
            return False

    def close(self) -> None:
        """Close the connection; the next question opens another one."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _connect(self, seconds: float) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = http.client.HTTPSConnection(self.host, self.port, context=context, timeout=seconds)
        # Browsers resolve *.localhost by themselves, Python does not everywhere.
        link = socket.create_connection((ADDRESS, self.port), seconds)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = context.wrap_socket(link, server_hostname=self.host)
        self._connection = connection
        return connection


class Workspaces:
    """The workspaces of a clone that is up."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.environment = {**os.environ, "PYTHONPATH": str(clone.root)}
        slate = clone.root / ".slate"
        self.node = Node(slate / "node", slate / "bin", slate / "cluster")
        self.client = kubernetes.config.new_client_from_config(str(slate / "cluster/kubeconfig"))
        self.core = kubernetes.client.CoreV1Api(self.client)
        self._apps = kubernetes.client.AppsV1Api(self.client)

    def door(self, name: str) -> Door:
        """The way to a workspace."""
        secret: Any = self.core.read_namespaced_secret("workspace-tokens", NAMESPACE)
        token = base64.b64decode(secret.data[name]).decode()
        host = f"{name}--{PROJECT}.{self.clone.configuration['slate:domain']}"
        return Door(host, self.node.status().door, self.node.layout.certificate_authority, token)

    def scale(self, name: str, replicas: int) -> None:
        """Put a workspace to sleep (0) or wake it (1)."""
        self._apps.patch_namespaced_stateful_set_scale(name, NAMESPACE, {"spec": {"replicas": replicas}})

    def pod(self, name: str) -> Any:
        """A workspace's pod; None while there is none."""
        try:
            return self.core.read_namespaced_pod(f"{name}-0", NAMESPACE)
        except kubernetes.client.ApiException as error:
            if error.status == http.HTTPStatus.NOT_FOUND:
                return None
            raise

    def put_to_sleep(self, name: str) -> None:
        """Put a workspace to sleep and wait until its pod is gone.

        Raises:
            measure.MeasureError: It stays.
        """
        self.scale(name, 0)
        wait(lambda: self.pod(name) is None, f"{name}'s pod to go", pause=0.2)

    def ready(self, name: str) -> bool:
        """Whether the cluster takes a workspace's pod for ready."""
        pod = self.pod(name)
        return bool(pod) and any(
            entry.type == "Ready" and entry.status == "True" for entry in pod.status.conditions or ()
        )

    def inside_node(self, *command: str) -> list[str]:
        """The command line that runs a program inside the node."""
        return [sys.executable, "-m", "tools.node.enter", f"--directory={self.node.layout.directory}", "--", *command]

    def processes(self, name: str) -> dict[int, str]:
        """The processes of a workspace: id, as this machine sees it, and command line."""
        pod = self.pod(name)
        uid = pod.metadata.uid if pod else "no pod"
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                if f"pod{uid}" in (folder / "cgroup").read_text():
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                    found[int(folder.name)] = line
        return found


def wait(condition: Callable[[], bool], what: str, *, pause: float = 0.02, limit: float = PATIENCE_SECONDS) -> float:
    """Wait until a condition holds; returns the time of `time.monotonic()` then.

    Raises:
        measure.MeasureError: It did not within the time.
    """
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise measure.MeasureError(f"waited {limit:.0f} s in vain for {what}")
        time.sleep(pause)
    return time.monotonic()


def stack(document: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The dev stack's file with a project of these workspaces on the pool that becomes real, and nothing else.

    Args:
        document: The content of Pulumi.dev.yaml.
        names: Names of the workspaces.
    """
    pool = next(pool for pool in document["config"]["slate:nodePools"] if not pool.get("accelerator"))
    profile = pool["profiles"][0]["name"]
    quota = {"cpu": 64, "memory": "512Gi", "storage": "500Gi", "ephemeralStorage": "500Gi", "workspaces": len(names)}
    project = {
        "name": PROJECT,
        "quota": quota,
        "protected": False,
        "workspaces": [{"name": name, "user": name, "profile": profile} for name in names],
    }
    levels = {
        **document["config"].get("slate:serviceLevels", {}),
        "canary": {"enabled": False},
    }  # its starts would count
    own = {"slate:nodePools": [pool], "slate:projects": [project], "slate:serviceLevels": levels}
    return {"config": {**document["config"], **own}}


@contextlib.contextmanager
def running(names: Sequence[str], keep: Path | None) -> Iterator[Workspaces]:
    """A clone with a real node and these workspaces, each ready; stopped and removed at the end.

    Args:
        names: Names of the workspaces.
        keep: Folder for the clone, which then stays and is there for the next benchmark; None: a temporary one.

    Raises:
        measure.MeasureError: It does not come up, or a workspace does not become ready.
    """
    with contextlib.nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="slate-bench-") as folder:
        clone = Clone(Path(folder).absolute() / "slate")
        settings = stack(yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text()), names)
        (clone.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        (clone.root / "images/workspace/environments/python312.yml").unlink(missing_ok=True)  # no workspace has it
        try:
            say(f"a clone with a real node in {clone.root}: its tools and images take minutes")
            up = clone.make("up", _indented, CLUSTER="node")
            say(f"up after {up.seconds:.0f} s")
            found = Workspaces(clone)
            for name in names:
                found.scale(name, 1)  # in a clone that was kept it may be asleep
            for name in names:
                wait(lambda name=name: found.ready(name), f"{name} to be ready", pause=0.5)
            yield found
        finally:
            say("stopping it")
            try:
                if keep:
                    clone.make("down")
                else:
                    clone.make("reset", YES="1")
            except measure.MeasureError as error:
                say(f"it did not stop: {error}")


def check_machine(name: str) -> None:
    """End the program if a real node cannot be had here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        sys.exit(f"{name}: a real node needs root on Linux; run it as root there")


def load() -> float:
    """Processes that want to run, on average of the last minute: what figures were measured beside."""
    return round(os.getloadavg()[0], 1)


def _indented(line: str) -> None:
    if line.strip() and not line.startswith("@ "):  # Pulumi's dots
        say(f"  {line}")
