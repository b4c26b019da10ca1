"""What a cluster with a real node has besides: the way to the API server, the cluster's DNS, the kubelet's clients."""

from tools.node.configuration import DOMAIN, NAME
from tools.node.network import API_PORT, DNS_SERVICE, Addresses
from tools.node.programs import LABEL

FIELD_MANAGER = "slate-node"
_SYSTEM = "kube-system"
_DNS_LABELS = {"k8s-app": "kube-dns"}
_COREFILE = f""".:53 {{
  errors
  health :8080
  ready :8181
  kubernetes {DOMAIN} in-addr.arpa
}}
"""

Object = tuple[str, dict]


def objects(addresses: Addresses, dns_image: str) -> tuple[Object, ...]:
    """Returns the objects with the path of their kind, in the order they are applied.

    Args:
        addresses: The node's addresses.
        dns_image: The image of CoreDNS.
    """
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    core = f"/api/v1/namespaces/{_SYSTEM}"
    return (
        (f"{rbac}/clusterrolebindings", _kubelet_clients()),
        ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", api_server(addresses)),
        (f"{core}/serviceaccounts", _object("v1", "ServiceAccount", "coredns")),
        (f"{rbac}/clusterroles", _dns_role()),
        (f"{rbac}/clusterrolebindings", _dns_binding()),
        (f"{core}/configmaps", _object("v1", "ConfigMap", "coredns") | {"data": {"Corefile": _COREFILE}}),
        (f"{core}/services", _dns_service()),
        ("/apis/apps/v1/namespaces/kube-system/deployments", _dns(dns_image)),
    )


# Of these, those that must go when the real node goes for good: nothing else could run or reach them.
NODE_PATH = f"/api/v1/nodes/{NAME}"
REMOVED = (
    "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
    "/api/v1/namespaces/kube-system/services/kube-dns",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
    NODE_PATH,
)


def api_server(addresses: Addresses) -> dict:
    """Returns where the Service `kubernetes` leads to: the control plane itself listens on 127.0.0.1 alone."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [addresses.node], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": API_PORT, "protocol": "TCP"}],
    }


def _object(version: str, kind: str, name: str, namespace: str | None = _SYSTEM) -> dict:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _kubelet_clients() -> dict:
    """The API server's client certificate may read logs and run commands in pods."""
    return _object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "slate:kubelet-clients", None) | {
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "system:kubelet-api-admin",
        },
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "kube-apiserver-kubelet-client"}
        ],
    }


def _dns_role() -> dict:
    read = ["list", "watch"]
    return _object("rbac.authorization.k8s.io/v1", "ClusterRole", "system:coredns", None) | {
        "rules": [
            {"apiGroups": [""], "resources": ["services", "pods", "namespaces"], "verbs": read},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
        ]
    }


def _dns_binding() -> dict:
    return _object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "system:coredns", None) | {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
        "subjects": [{"kind": "ServiceAccount", "name": "coredns", "namespace": _SYSTEM}],
    }


def _dns_service() -> dict:
    return _object("v1", "Service", "kube-dns") | {
        "spec": {
            "clusterIP": DNS_SERVICE,
            "selector": dict(_DNS_LABELS),
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
            ],
        }
    }


def _dns(image: str) -> dict:
    container = {
        "name": "coredns",
        "image": image,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
        ],
        # As much as it needs beside workspaces that all start at once, as they do with the node.
        "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 10},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "configuration", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    pod = {
        "serviceAccountName": "coredns",
        "priorityClassName": "system-cluster-critical",
        "enableServiceLinks": False,
        "nodeSelector": {LABEL: "true"},
        # Below 1024 only root may listen, unless the pod has it otherwise (a sysctl that Kubernetes calls safe).
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
            "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "53"}],
        },
        "terminationGracePeriodSeconds": 5,
        "containers": [container],
        "volumes": [{"name": "configuration", "configMap": {"name": "coredns"}}],
    }
    return _object("apps/v1", "Deployment", "coredns") | {
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(_DNS_LABELS)},
            "strategy": {"type": "Recreate"},
            "template": {"metadata": {"labels": dict(_DNS_LABELS)}, "spec": pod},
        }
    }
