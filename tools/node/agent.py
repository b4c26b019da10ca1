"""What the real node does besides running pods: enforces network policies, provides home volumes.

    python -m tools.node.agent --directory D --cluster C --port 6443 --pods 10.245.0.0/24

Runs inside the node's network. Before it knows anything it closes the network of all pods.
"""

import argparse
import http
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.cluster import api
from tools.cluster import layout as cluster_layout
from tools.cluster.supervision import say
from tools.node import disks, volumes
from tools.node.layout import Layout
from tools.node.policy.peers import Pod
from tools.node.policy.rules import rules
from tools.node.watching import Watched

CHECK_SECONDS = 5.0
_PATHS = {
    "pods": "/api/v1/pods",
    "namespaces": "/api/v1/namespaces",
    "policies": "/apis/networking.k8s.io/v1/networkpolicies",
    "claims": "/api/v1/persistentvolumeclaims",
    "volumes": "/api/v1/persistentvolumes",
}


class Agent:
    """Brings the node to what the objects of the API say, whenever they change."""

    def __init__(self, layout: Layout, port: int, context: ssl.SSLContext, network: str):
        self._layout, self._port, self._context, self._network = layout, port, context, network
        self._changed = threading.Event()
        self._watched = {name: Watched(port, path, context, self._changed) for name, path in _PATHS.items()}
        self._installed = ""
        self._said: set[str] = set()

    def run(self) -> None:
        """Works until the process ends."""
        self._install(rules([], {}, [], self._network))
        for problem in disks.mount_all(self._layout.volumes):
            say(f"volume {problem}")  # it has no folder, and a pod that wants it waits
        self._layout.enforcing.touch(mode=0o600)
        for watched in self._watched.values():
            watched.start()
        for watched in self._watched.values():
            watched.complete.wait()
        say("all objects are known")
        while True:
            self._changed.wait(CHECK_SECONDS)
            self._changed.clear()
            self._try("network policies", self._enforce)
            self._try("volumes", self._provide)

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say(text)

    def _try(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (OSError, ValueError, KeyError, TypeError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or ""
            say(f"{what}: {error!r} {said}".rstrip())  # tried again with the next change, and every few seconds

    def _enforce(self) -> None:
        namespaces = {
            value["metadata"]["name"]: value["metadata"].get("labels") or {} for value in self._objects("namespaces")
        }
        pods = [pod for value in self._objects("pods") if (pod := Pod.read(value)) is not None]
        self._install(rules(pods, namespaces, self._objects("policies"), self._network))

    def _install(self, text: str) -> None:
        if text != self._installed:
            subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True, capture_output=True)
            self._installed = text

    def _provide(self) -> None:
        claims, present = self._objects("claims"), self._objects("volumes")
        work = volumes.decide(claims, present)
        for claim in work.provide:
            folder = volumes.folder_of(volumes.volume_name(claim), self._layout.volumes)
            try:
                disks.provide(folder, volumes.size(claim))
            except (OSError, subprocess.CalledProcessError) as error:
                self._say_once(f"volume {folder.name}: {error} {getattr(error, 'stderr', '') or ''}".rstrip())
                continue  # tried again
            value = volumes.volume(claim, folder)
            api.apply(self._port, _PATHS["volumes"], value, self._context, volumes.FIELD_MANAGER)
            say(f"volume {folder.name} for claim {claim['metadata']['namespace']}/{claim['metadata']['name']}")
        for claim in volumes.unfinished(claims, present):
            self._tell_size(claim)
        for name in work.remove:
            disks.remove(volumes.folder_of(name, self._layout.volumes))
            api.remove(self._port, f"{_PATHS['volumes']}/{name}", self._context)
            say(f"volume {name} removed")

    def _tell_size(self, claim: Mapping[str, Any]) -> None:
        size = claim["spec"]["resources"]["requests"]["storage"]
        namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
        path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}/status"
        body = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": namespace},
            "status": {"capacity": {"storage": size}},
        }
        query = f"?fieldManager={volumes.FIELD_MANAGER}&force=true"
        status, answer = api.request(self._port, path + query, self._context, method="PATCH", body=body)
        if status != http.HTTPStatus.OK:
            raise OSError(f"{path} was refused ({status}): {json.loads(answer).get('message')}")

    def _objects(self, name: str) -> list[dict[str, Any]]:
        return self._watched[name].objects()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the agent until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m tools.node.agent", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--directory", type=Path, required=True, help="the node's directory")
    parser.add_argument("--cluster", type=Path, required=True, help="the control plane's directory")
    parser.add_argument("--port", type=int, required=True, help="port of the API server on 127.0.0.1")
    parser.add_argument("--pods", required=True, help="the network of the node's pods")
    options = parser.parse_args(arguments)
    pki = cluster_layout.Layout.of(options.cluster).pki
    try:
        context = api.administrator_context(pki)
        Agent(Layout.of(options.directory), options.port, context, options.pods).run()
    except OSError as error:
        print(f"a certificate in {pki} cannot be read: {error}", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"nft refuses the rules that close the pods' network: {error.stderr}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
