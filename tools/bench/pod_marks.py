"""What happened to a pod and when: by a watch of the API, and by containerd's own log."""

import datetime
import re
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import kubernetes

_LINE = re.compile(r'time="(?P<time>[^"]+)" level=info msg="(?P<text>.*)"$')
_SANDBOX = re.compile(
    r'RunPodSandbox for .*uid:\\"(?P<uid>[^"\\]+)\\".*?(?: returns sandbox id \\"(?P<sandbox>\w+)\\")?$'
)
_CREATE = re.compile(
    r'CreateContainer within sandbox \\"(?P<sandbox>\w+)\\" for .*?(?: returns container id \\"(?P<container>\w+)\\")?$'
)
_START = re.compile(r'StartContainer for \\"(?P<container>\w+)\\" returns successfully$')

STAGES = ("scheduled", "volume", "sandbox", "image", "container", "ide")
"""In order. scheduled: a node is chosen; volume: the home and all other volumes are mounted; sandbox: the pod's network
and namespaces are made; image: the image is found to be there; container: it is made and started; ide: JupyterLab's
page comes."""


def runtime_marks(lines: Iterable[str], uid: str) -> dict[str, float]:
    """When containerd began and ended what a pod's start consists of, in seconds since 1970.

    Args:
        lines: Of containerd's log.
        uid: The pod's.

    Returns:
        `sandbox` and `sandbox_made`, `container` and `started`: as far as there are lines of them.
    """
    found: dict[str, float] = {}
    sandbox = container = ""
    for line in lines:
        entry = _LINE.match(line.strip())
        if entry is None:
            continue
        when, text = _seconds(entry["time"]), entry["text"]
        if (match := _SANDBOX.match(text)) and match["uid"] == uid:
            found["sandbox_made" if match["sandbox"] else "sandbox"] = when
            sandbox = match["sandbox"] or sandbox
        elif (match := _CREATE.match(text)) and match["sandbox"] == sandbox:
            found.setdefault("container", when)
            container = match["container"] or container
        elif (match := _START.match(text)) and match["container"] == container:
            found["started"] = when
    return found


def stages(created: float, scheduled: float, runtime: Mapping[str, float], answered: float) -> dict[str, float]:
    """How long each stage of a pod's start took, in seconds; their sum is the whole.

    Args:
        created: When the pod came to be, in seconds since 1970, as all others.
        scheduled: When it had a node.
        runtime: See `runtime_marks`; all four.
        answered: When JupyterLab's page came.
    """
    moments = [
        *(created, scheduled, runtime["sandbox"], runtime["sandbox_made"], runtime["container"], runtime["started"]),
        answered,
    ]
    return {name: moments[index + 1] - moments[index] for index, name in enumerate(STAGES)}


def _seconds(text: str) -> float:
    # Python reads microseconds, containerd writes nanoseconds.
    return datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z$", r"\1+00:00", text)).timestamp()


class Watch(threading.Thread):
    """Notes when a pod comes to be, gets a node and becomes ready.

    Attributes:
        marks: `created`, `scheduled` and `ready` in seconds since 1970, as soon as they are known.
        uid: The pod's, then.
    """

    def __init__(self, core: Any, namespace: str, pod: str) -> None:
        """Begins with pods that come to be from now on."""
        super().__init__(name=f"watch of {pod}", daemon=True)
        self.marks: dict[str, float] = {}
        self.uid = ""
        self._core, self._namespace, self._pod = core, namespace, pod
        self._version = core.list_namespaced_pod(namespace, limit=1).metadata.resource_version

    def run(self) -> None:
        """Watches until the pod is ready."""
        events: Any = kubernetes.watch.Watch().stream(
            self._core.list_namespaced_pod,
            self._namespace,
            field_selector=f"metadata.name={self._pod}",
            resource_version=self._version,
            timeout_seconds=900,
        )
        for event in events:
            self.take(event["type"], event["object"], time.time())
            if "ready" in self.marks:
                break

    def take(self, kind: str, pod: Any, now: float) -> None:
        """Take one event."""
        if kind == "DELETED":
            return
        self.uid = pod.metadata.uid
        self.marks.setdefault("created", now)
        if pod.spec.node_name:
            self.marks.setdefault("scheduled", now)
        if any(entry.type == "Ready" and entry.status == "True" for entry in pod.status.conditions or ()):
            self.marks.setdefault("ready", now)
