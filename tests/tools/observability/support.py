"""A cluster that is watched: objects to create in it, and questions to its Prometheus."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

SYSTEM = "slate-system"
ACCOUNTS = f"/api/v1/namespaces/{SYSTEM}/serviceaccounts"
NAMESPACES, NODES = "/api/v1/namespaces", "/api/v1/nodes"
ROLES, BINDINGS = (f"/apis/rbac.authorization.k8s.io/v1/cluster{kind}" for kind in ("roles", "rolebindings"))
FACTS = "kube-state-metrics"
POOL = "slate.dev/pool"
METRICS = (
    "kube_statefulset_replicas",
    "kube_statefulset_status_replicas_ready",
    "kube_statefulset_created",
    "kube_statefulset_metadata_generation",
    "kube_pod_created",
    "kube_pod_status_ready_time",
    "kube_pod_status_scheduled_time",
    "kube_pod_status_initialized_time",
    "kube_pod_container_status_restarts_total",
)
ARGUMENTS = ("--resources=pods,statefulsets", f"--metric-allowlist={','.join(METRICS)}")


def let_facts_be_read(kube) -> None:
    """Creates slate-system with the ServiceAccount that kube-state-metrics runs as."""
    kube.create(NAMESPACES, {"metadata": {"name": SYSTEM}})
    kube.create(ACCOUNTS, {"metadata": {"name": FACTS}})
    verbs = ["list", "watch"]
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": verbs},
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": verbs},
    ]
    kube.create(ROLES, {"metadata": {"name": FACTS}, "rules": rules})
    subject = {"kind": "ServiceAccount", "name": FACTS, "namespace": SYSTEM}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": FACTS}
    kube.create(BINDINGS, {"metadata": {"name": FACTS}, "roleRef": role, "subjects": [subject]})


def workspaces_at(namespace: str, name: str = "") -> str:
    """Returns the path of a workspace's StatefulSet, or of all of a namespace."""
    return f"/apis/apps/v1/namespaces/{namespace}/statefulsets" + (f"/{name}" if name else "")


def pod_of(namespace: str, workspace: str) -> str:
    """Returns the path of a workspace's pod."""
    return f"/api/v1/namespaces/{namespace}/pods/{workspace}-0"


def workspace(
    name: str, pool: str, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Returns a StatefulSet as a workspace's is, as far as service levels see it."""
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": 1,
            "serviceName": "workspaces",
            "selector": {"matchLabels": {"app": name}},
            "updateStrategy": {"type": "OnDelete"},
            "template": {
                "metadata": {"labels": {"app": name, **(labels or {})}, "annotations": dict(annotations or {})},
                "spec": {
                    "nodeSelector": {POOL: pool},
                    "terminationGracePeriodSeconds": 1,
                    "containers": [{"name": "workspace", "image": "example/workspace:1"}],
                },
            },
        },
    }


class Prometheus:
    """Questions to a Prometheus."""

    def __init__(self, address: str):
        self.address = address

    def ask(self, path: str, **parameters: str) -> Any:
        """Returns the data of an answer of the API."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        with urllib.request.urlopen(f"{self.address}/api/v1/{path}{query}", timeout=30) as response:  # noqa: S310
            answer = json.load(response)
        assert answer["status"] == "success", answer
        return answer["data"]

    def values(self, expression: str, *labels: str) -> dict[str, float]:
        """Returns the result of an instant query: the values by the labels' values, joined by a slash."""
        found = self.ask("query", query=expression)["result"]
        return {"/".join(entry["metric"].get(name, "") for name in labels): float(entry["value"][1]) for entry in found}

    def value(self, expression: str) -> float | None:
        """Returns the one value of an instant query, or None if there is none."""
        found = list(self.values(expression).values())
        return found[0] if found else None
