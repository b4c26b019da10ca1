"""The switch: change the mode, then wait until the container that takes pushes has restarted with it.

The container's liveness probe sees the changed ConfigMap and lets the kubelet restart it, which takes up to two
minutes. Only a container that was started after the change counts: one that still runs with the old mode would take an
upload in the middle of a collection.
"""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from services.api_server import ApiError

SINCE = "slate.dev/since"
POLL_SECONDS = 2.0


class SwitchError(Exception):
    """The registry is not in the mode that was asked for; the message says what is known."""


class Client(Protocol):
    """What the switch needs of the API server."""

    def get(self, path: str) -> dict[str, Any]:
        """Read an object."""
        ...

    def merge(self, path: str, patch: dict[str, Any]) -> dict[str, Any]:
        """Change an object."""
        ...


@dataclass(frozen=True)
class Registry:
    """Where the registry is.

    Attributes:
        namespace: Its namespace.
        config_map: The ConfigMap that holds its mode.
        pod: Its pod.
        container: The container that takes pushes.
    """

    namespace: str
    config_map: str
    pod: str
    container: str

    @property
    def mode_path(self) -> str:
        """Path of the ConfigMap in the API."""
        return f"/api/v1/namespaces/{self.namespace}/configmaps/{self.config_map}"

    @property
    def pod_path(self) -> str:
        """Path of the pod in the API."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}"


def switch(
    client: Client,
    registry: Registry,
    mode: str,
    *,
    timeout_seconds: float,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Bring the registry into a mode.

    Args:
        client: The API server.
        registry: Where the registry is.
        mode: `writable` or `read-only`.
        timeout_seconds: How long the restart may take.
        now: The time, with its zone.
        sleep: Waits for some seconds.

    Raises:
        SwitchError: The container did not restart in time. The mode stays as asked for.
        ApiError: The API server refuses, or does not answer until the time is up.
    """
    found = client.get(registry.mode_path)
    changed = (found.get("data") or {}).get("mode") != mode
    before = _container(client.get(registry.pod_path), registry) if changed else {}
    since = now()
    if changed:
        patch = {"metadata": {"annotations": {SINCE: since.isoformat()}}, "data": {"mode": mode}}
        client.merge(registry.mode_path, patch)
    else:
        given = (found["metadata"].get("annotations") or {}).get(SINCE)
        if given is None:
            return  # it has never been another one
        since = datetime.datetime.fromisoformat(given)
    deadline = now() + datetime.timedelta(seconds=timeout_seconds)
    while not _restarted(client, registry, before, since):
        if now() >= deadline:
            what = f"the container {registry.container} of the pod {registry.pod} has not restarted"
            raise SwitchError(f"{what} within {timeout_seconds:.0f} s, so the registry may not be {mode} yet")
        sleep(POLL_SECONDS)


def _restarted(client: Client, registry: Registry, before: dict[str, Any], since: datetime.datetime) -> bool:
    try:
        container = _container(client.get(registry.pod_path), registry)
    except ApiError:  # an API server that is being updated; the deadline ends this
        return False
    started = (container.get("state") or {}).get("running", {}).get("startedAt")
    if not started or not container.get("ready"):
        return False
    if before and container.get("containerID") == before.get("containerID"):
        return False
    # Kubernetes writes whole seconds, cut off.
    return datetime.datetime.fromisoformat(started) >= since.replace(microsecond=0)


def _container(pod: dict[str, Any], registry: Registry) -> dict[str, Any]:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return next((status for status in statuses if status.get("name") == registry.container), {})
