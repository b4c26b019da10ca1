"""Compliant objects, as our own components declare them; single faults are made from these."""

import copy
from typing import Any

from components.node_pool.warm import pre_pull
from components.project import access, network, project_namespace, quota
from components.workspace.stateful_set import home_claim, stateful_set
from policies.resources import Resource
from tests.components.examples import IMAGE, cpu_pool, gpu_pool, project, workspace

TOKENS = {
    "v1": "core/v1",
}


def cpu_workspace() -> dict[str, Any]:
    """A workspace with a data set, on processors alone."""
    return stateful_set(workspace(cpu_pool(), data_sets=[{"name": "corpus", "claim": "corpus-v1"}]))


def gpu_workspace() -> dict[str, Any]:
    """A workspace with a GPU."""
    return stateful_set(workspace(gpu_pool(), "gpu-1"))


def pod() -> dict[str, Any]:
    """The pod of a workspace, as the StatefulSet controller makes it."""
    made = cpu_workspace()
    template = made["spec"]["template"]
    home = {"name": "home", "persistentVolumeClaim": {"claimName": "home-alice-0"}}
    metadata = {**template["metadata"], "name": "alice-0", "namespace": made["metadata"]["namespace"]}
    spec = {**template["spec"], "volumes": [*template["spec"]["volumes"], home]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def of_kind(kind: str) -> dict[str, Any]:
    """The same pod in each of the kinds that hold one."""
    made = cpu_workspace()
    template = copy.deepcopy(made["spec"]["template"])
    home = {"name": "home", "emptyDir": {"sizeLimit": "1Gi"}}
    template["spec"]["volumes"].append(home)
    selector = {"matchLabels": {"slate.dev/workspace": "alice"}}
    metadata = {"name": "alice", "namespace": made["metadata"]["namespace"]}
    once = {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}
    bodies: dict[str, tuple[str, Any]] = {
        "Pod": ("v1", template["spec"]),
        "PodTemplate": ("v1", None),
        "ReplicationController": ("v1", {"replicas": 1, "selector": selector["matchLabels"], "template": template}),
        "ReplicaSet": ("apps/v1", {"replicas": 1, "selector": selector, "template": template}),
        "Deployment": ("apps/v1", {"replicas": 1, "selector": selector, "template": template}),
        "DaemonSet": ("apps/v1", {"selector": selector, "template": template}),
        "StatefulSet": (
            "apps/v1",
            {"serviceName": "workspaces", "replicas": 1, "selector": selector, "template": template},
        ),
        "Job": ("batch/v1", {"template": once}),
        "CronJob": ("batch/v1", {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": once}}}),
    }
    version, spec = bodies[kind]
    head = {"apiVersion": version, "kind": kind, "metadata": metadata}
    return {**head, "template": template} if kind == "PodTemplate" else {**head, "spec": spec}


def claim() -> dict[str, Any]:
    """The claim of a home, as the StatefulSet controller makes it."""
    made = home_claim(workspace(cpu_pool()))
    metadata = {**made["metadata"], "name": "home-alice-0", "namespace": "ws-vision"}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": made["spec"]}


def ingress() -> dict[str, Any]:
    """A way to one workspace, with TLS."""
    host = "alice--vision.slate.example.org"
    backend = {"service": {"name": "workspaces", "port": {"number": 8888}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "alice", "namespace": "ws-vision"},
        "spec": {
            "rules": [{"host": host, "http": {"paths": [path]}}],
            "tls": [{"hosts": [host], "secretName": "alice-tls"}],
        },
    }


def route() -> dict[str, Any]:
    """The same way through the Gateway API."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "alice", "namespace": "ws-vision"},
        "spec": {
            "parentRefs": [{"name": "slate", "namespace": "slate-system"}],
            "hostnames": ["alice--vision.slate.example.org"],
            "rules": [{"backendRefs": [{"name": "alice", "port": 8888}]}],
        },
    }


def cluster_role() -> dict[str, Any]:
    """A role that looks only, for the whole cluster."""
    role = access.member_role(project())
    return {"apiVersion": role["apiVersion"], "kind": "ClusterRole", "metadata": {"name": "x"}, "rules": role["rules"]}


def config_map() -> dict[str, Any]:
    """What conda is told in every workspace."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "conda", "namespace": "ws-vision"},
        "data": {
            ".condarc": "channels:\n  - http://conda-mirror.slate-system.svc:8100/latest/main-mirror\n",
            "notes.txt": "see https://example.org",
        },
    }


def volume() -> dict[str, Any]:
    """A volume of a storage driver."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "data"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "csi": {"driver": "example.org", "volumeHandle": "1"},
        },
    }


BASES: dict[str, Any] = {
    "workspace": cpu_workspace,
    "gpu-workspace": gpu_workspace,
    "pod": pod,
    "claim": claim,
    "namespace": lambda: project_namespace(project()),
    "service": lambda: access.shared_service(project()),
    "service-account": lambda: access.service_account(project()),
    "role": lambda: access.member_role(project()),
    "cluster-role": cluster_role,
    "binding": lambda: access.member_binding(project()),
    "default-deny": lambda: network.default_deny(project()),
    "allow-platform": lambda: network.allow_platform(project()),
    "allow-egress": lambda: network.allow_egress(project(egress=[{"cidr": "10.0.0.0/8", "ports": [443]}])),
    "quota": lambda: quota.resource_quota(project()),
    "config-map": config_map,
    "secret": lambda: {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "own", "namespace": "ws-vision"},
        "stringData": {"token": "x"},
    },
    "ingress": ingress,
    "route": route,
    "volume": volume,
    "pre-pull": lambda: pre_pull(gpu_pool(pre_pull=[IMAGE], pause_image=IMAGE)),
}


def token_of(manifest: dict[str, Any]) -> str:
    """Pulumi's type of an object."""
    version = manifest["apiVersion"]
    return f"kubernetes:{TOKENS.get(version, version)}:{manifest['kind']}"


def resource(manifest: dict[str, Any], *, token: str | None = None, protect: bool = True) -> Resource:
    """An object as a resource of a stack."""
    return Resource(token or token_of(manifest), manifest["metadata"]["name"], "urn", manifest, {"protect": protect})
