"""A cluster with simulated nodes, and workspaces of our own components on it."""

import json
import uuid
from pathlib import Path
from typing import Any

from components import labels
from components.foundation import priority_classes, system_namespace
from components.node_pool.simulated import nodes
from components.project import project_namespace
from components.project.access import remediator_binding, service_account
from components.workspace.stateful_set import stateful_set
from tests.components.examples import cpu_pool, project, workspace
from tests.tools.cluster.support import Kube, eventually
from tools.cluster.layout import Layout

FAULT = "sim.slate.dev/fault"
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


class Stage:
    """What tests of healing play on.

    Args:
        directory: Of a running cluster.
        folder: For files of its own.
    """

    def __init__(self, directory: Path, folder: Path) -> None:
        self.kube = Kube(directory)
        self.folder = folder
        self.server = f"https://127.0.0.1:{self.kube.port}"
        self.authority = Layout.of(directory).pki / "cluster-authority.crt"
        self.add(system_namespace(), *priority_classes())

    def add(self, *manifests: Any) -> None:
        """Create objects."""
        for manifest in manifests:
            self.kube.create(PATHS[manifest["kind"]].format(manifest["metadata"].get("namespace")), manifest)

    def pool(self, name: str, size: int) -> None:
        """Simulated nodes."""
        self.add(*nodes(cpu_pool(name=name, size={"fixed": size})))

    def project(self, name: str = "", *, healed: bool = True) -> str:
        """A project; returns its name."""
        args = project(name=name or f"p{uuid.uuid4().hex[:8]}", healed=healed)
        binding = remediator_binding(args)
        self.add(project_namespace(args), service_account(args), *([binding] if binding else []))
        return args["name"]

    def workspace(self, team: str, name: str, pool: str = "cpu", **changes: Any) -> None:
        """A workspace that is up."""
        args = workspace(
            cpu_pool(name=pool), name=name, project=team, namespace=labels.namespace_of(team), user=name, **changes
        )
        self.add(stateful_set(args))
        eventually(f"{name} is ready", lambda: self.ready(team, name))

    def pod_path(self, team: str, name: str) -> str:
        """Path of a workspace's pod."""
        return f"/api/v1/namespaces/{labels.namespace_of(team)}/pods/{name}-0"

    def pod(self, team: str, name: str) -> dict[str, Any] | None:
        """A workspace's pod."""
        return self.kube.get(self.pod_path(team, name))

    def uid(self, team: str, name: str) -> str | None:
        """Uid of a workspace's pod."""
        pod = self.pod(team, name)
        return pod["metadata"]["uid"] if pod else None

    def ready(self, team: str, name: str) -> bool:
        """Whether a workspace's pod is ready."""
        conditions = (self.pod(team, name) or {}).get("status", {}).get("conditions", ())
        return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)

    def fault(self, team: str, name: str, kind: str) -> str:
        """Break a workspace's pod, but not its template; returns its uid."""
        self.kube.patch(self.pod_path(team, name), {"metadata": {"labels": {FAULT: kind}}})
        eventually(f"{name} is not ready", lambda: not self.ready(team, name))
        if kind == "crash":
            eventually("its container waits", lambda: self._waits(team, name))
        uid = self.uid(team, name)
        assert uid
        return uid

    def _waits(self, team: str, name: str) -> bool:
        statuses = (self.pod(team, name) or {}).get("status", {}).get("containerStatuses") or [{}]
        return "waiting" in (statuses[0].get("state") or {})

    def token(self, namespace: str, account: str) -> Path:
        """A file with a token of an account, as its pod would have it."""
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        path = f"{PATHS['ServiceAccount'].format(namespace)}/{account}/token"
        file = self.folder / f"{account}-token"
        file.write_text(self.kube.create(path, request)["status"]["token"])
        file.chmod(0o600)
        return file

    def ledger(self) -> list[dict[str, str]]:
        """What the remediator has noted."""
        found = self.kube.get(f"{PATHS['ConfigMap'].format(labels.SYSTEM_NAMESPACE)}/remediations")
        assert found is not None
        return json.loads((found.get("data") or {}).get("ledger.json", "[]"))
