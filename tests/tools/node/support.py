"""A running node, and small pods to try things with."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.cluster import Cluster
from tools.local import Local
from tools.node import Node

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Running:
    """What the tests work with.

    Attributes:
        image: A small Debian, by digest, in a registry of this machine's 127.0.0.1.
    """

    cluster: Cluster
    local: Local
    node: Node
    image: str
    registry: str
    kubectl_binary: Path

    def start(self) -> None:
        """Starts the node as the fixture did."""
        self.node.up(print, [int(self.registry.rpartition(":")[2])], [self.registry])

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Runs kubectl as the administrator; returns what it prints."""
        command = [str(self.kubectl_binary), f"--kubeconfig={self.cluster.kubeconfig}", *arguments]
        answer = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if check and answer.returncode:
            raise AssertionError(f"{' '.join(arguments)}: {answer.stderr}")
        return answer.stdout

    def apply(self, *values: dict[str, Any]) -> None:
        """Applies objects."""
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(values)}))

    def get(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any]:
        """Returns an object; empty if there is none."""
        text = self.kubectl("get", kind, name, f"--namespace={namespace}", "-o", "json", check=False)
        return json.loads(text) if text else {}

    def ready(self, name: str, namespace: str = "default") -> bool:
        """Whether a pod is ready."""
        conditions = self.get("pod", name, namespace).get("status", {}).get("conditions", ())
        return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)

    def wait_ready(self, *names: str, namespace: str = "default") -> None:
        """Waits until pods are ready."""
        for name in names:
            wait(lambda name=name: self.ready(name, namespace), lambda: self.describe(namespace))

    def describe(self, namespace: str) -> str:
        """What is known of a namespace's pods."""
        return self.kubectl("describe", "pods", f"--namespace={namespace}", check=False)[-3000:]

    def run(self, pod: str, script: str, namespace: str = "default") -> str:
        """Runs a script of bash in a pod; returns what it prints."""
        return self.kubectl("exec", f"--namespace={namespace}", pod, "--", "bash", "-c", script)

    def reaches(self, pod: str, address: str, port: int, namespace: str = "default") -> bool:
        """Whether a connection from inside a pod is answered."""
        script = f"timeout 3 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null && echo yes || echo no"
        return self.run(pod, script, namespace).strip() == "yes"

    def address(self, pod: str, namespace: str = "default") -> str:
        """Returns a pod's address."""
        return self.get("pod", pod, namespace)["status"]["podIP"]

    def namespace(self, name: str, restricted: bool = True) -> None:
        """Makes a namespace that admits restricted pods only."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"} if restricted else {}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})

    def pod(self, name: str, namespace: str, *, script: str = "sleep infinity", **further: Any) -> dict[str, Any]:
        """Returns a restricted pod that runs a script; `further` are labels, limits, claim."""
        claim = further.get("claim")
        container = {
            "name": "main",
            "image": self.image,
            "command": ["bash", "-c", f"trap exit TERM; {script} & wait"],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            },
            "resources": {
                "limits": further.get("limits") or {"cpu": "200m", "memory": "64Mi"},
                "requests": {"cpu": "10m", "memory": "16Mi"},
            },
            "volumeMounts": [{"name": "home", "mountPath": "/home/workspace"}] if claim else [],
        }
        spec = {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "nodeSelector": {"slate.dev/real-node": "true"},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "runAsGroup": 1000,
                "fsGroup": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": claim}}] if claim else [],
        }
        metadata = {"name": name, "namespace": namespace, "labels": further.get("labels") or {}}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def server(self, name: str, namespace: str, port: int, labels: dict[str, str]) -> list[dict[str, Any]]:
        """Returns a pod that answers HTTP on a port: CoreDNS, the one server whose image the node brings itself."""
        pod = self.pod(name, namespace, labels=labels)
        archive = next(self.node.layout.images.glob("coredns-*.tar"))
        tag = archive.stem.removeprefix("coredns-")
        (container,) = pod["spec"]["containers"]
        container |= {"image": f"slate.invalid/coredns:{tag}", "imagePullPolicy": "Never"}
        container |= {"command": ["/coredns", "-conf", "/configuration/Corefile"]}
        container["volumeMounts"] = [{"name": "configuration", "mountPath": "/configuration"}]
        pod["spec"]["volumes"] = [{"name": "configuration", "configMap": {"name": name}}]
        corefile = f".:5353 {{\n  health :{port}\n}}\n"
        metadata = {"name": name, "namespace": namespace}
        return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"Corefile": corefile}}, pod]


def wait(condition: Callable[[], bool], explain: Callable[[], str] = lambda: "") -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.5)  # most conditions start a kubectl, which would keep a processor busy
