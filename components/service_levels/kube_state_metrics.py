"""A kube-state-metrics of the stack's own: only the resources, metrics and rights that the rules need.

It reads pods of the whole cluster, as projects come and go without it; what is not of ours is dropped when scraped.
Secrets, ConfigMaps and everything else it may not read.
"""

from typing import Any

from pulumi import Input

from components import labels, restricted
from components.objects import Manifest

NAME = "kube-state-metrics"
COMPONENT = "kube-state-metrics"
CLUSTER_ROLE = "slate-kube-state-metrics"
PORT = 8080
TELEMETRY_PORT = 8081

RESOURCES = ("jobs", "pods", "statefulsets")
METRICS = (
    "kube_job_status_completion_time",
    "kube_job_status_failed",
    "kube_job_status_start_time",
    "kube_pod_container_status_restarts_total",
    "kube_pod_created",
    "kube_pod_status_initialized_time",
    "kube_pod_status_ready_time",
    "kube_pod_status_scheduled_time",
    "kube_statefulset_created",
    "kube_statefulset_metadata_generation",
    "kube_statefulset_replicas",
    "kube_statefulset_status_replicas_ready",
)
"""Everything that the rules read; `kube_pod_status_ready_time` is there from version 2.8 on."""


def arguments() -> list[str]:
    """Arguments of the program, but for its addresses and ports."""
    metrics = ",".join(f"^{metric}$" for metric in METRICS)
    return [f"--resources={','.join(RESOURCES)}", f"--metric-allowlist={metrics}"]


def service_account() -> Manifest:
    """The account that reads."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": restricted.metadata(NAME, COMPONENT),
        "automountServiceAccountToken": False,
    }


def cluster_role() -> Manifest:
    """Listing and watching three kinds of objects, nothing else."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": CLUSTER_ROLE, "labels": labels.standard(NAME, COMPONENT)},
        "rules": [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
            {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["list", "watch"]},
            {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list", "watch"]},
        ],
    }


def cluster_role_binding() -> Manifest:
    """The account's rights."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": CLUSTER_ROLE, "labels": labels.standard(NAME, COMPONENT)},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": CLUSTER_ROLE},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": labels.SYSTEM_NAMESPACE}],
    }


def deployment(image: Input[str], pull_secret: str | None) -> Manifest:
    """One replica; during an update there are two, which the rules bear."""
    asked: dict[str, Any] = {"timeoutSeconds": 5, "periodSeconds": 10}
    container = restricted.container(
        NAME,
        image,
        ["/kube-state-metrics", f"--port={PORT}", f"--telemetry-port={TELEMETRY_PORT}", *arguments()],
        {},
        memory="256Mi",
        ports=[
            {"name": "http", "containerPort": PORT, "protocol": "TCP"},
            {"name": "telemetry", "containerPort": TELEMETRY_PORT, "protocol": "TCP"},
        ],
        readinessProbe={**asked, "httpGet": {"path": "/readyz", "port": "telemetry"}},
        livenessProbe={**asked, "httpGet": {"path": "/livez", "port": "http"}},
    )
    spec = restricted.pod([container], [], pull_secret=pull_secret)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": restricted.metadata(NAME, COMPONENT),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 2,
            "selector": {"matchLabels": restricted.selector(COMPONENT)},
            "template": {
                "metadata": {"labels": labels.standard(NAME, COMPONENT)},
                "spec": spec | {"serviceAccountName": NAME, "automountServiceAccountToken": True},
            },
        },
    }


def service() -> Manifest:
    """Its address; headless, so that each replica is scraped."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": restricted.metadata(NAME, COMPONENT),
        "spec": {
            "clusterIP": "None",
            "selector": restricted.selector(COMPONENT),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    }


def network_policy() -> Manifest:
    """Any pod may scrape it, as Prometheus may run anywhere; it reaches the API server, whose address is not known."""
    anyone = {"namespaceSelector": {}}
    scrapes = [{"from": [anyone], "ports": restricted.ports(PORT)}]
    return restricted.policy(NAME, COMPONENT, scrapes, [restricted.dns(), restricted.api_server()])
