"""Which objects rules are about, as Pulumi and as the API server name them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """Kinds that are judged alike."""

    name: str
    """Part of the name of the ValidatingAdmissionPolicy."""
    kinds: frozenset[str]
    """Empty: every kind (judged at preview only)."""
    resources: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """API group, version and resources; empty where the API server is not asked."""
    cluster: bool = False
    """Objects of the whole cluster, which no namespace's label can select."""

    def covers(self, kind: str) -> bool:
        """Whether a kind belongs to it."""
        return not self.kinds or kind in self.kinds

    def rules(self, operations: tuple[str, ...]) -> list[dict[str, Any]]:
        """The `resourceRules` of a ValidatingAdmissionPolicy."""
        return [
            {
                "apiGroups": [group],
                "apiVersions": [version],
                "operations": list(operations),
                "resources": list(resources),
                "scope": "Cluster" if self.cluster else "Namespaced",
            }
            for group, version, resources in self.resources
        ]


def _one(name: str, kind: str, group: str, version: str, *resources: str, cluster: bool = False) -> Target:
    return Target(name, frozenset({kind}), ((group, version, resources),), cluster)


PODS = Target(
    "pods",
    frozenset(
        {
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ReplicaSet",
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "CronJob",
        }
    ),
    (
        ("", "v1", ("pods", "pods/ephemeralcontainers", "pods/resize", "podtemplates", "replicationcontrollers")),
        ("apps", "v1", ("deployments", "replicasets", "statefulsets", "daemonsets")),
        ("batch", "v1", ("jobs", "cronjobs")),
    ),
)
"""Everything that holds a pod's specification (the nine kinds that Pod Security Admission looks at)."""

DEBUGGING = Target("debugging", frozenset(), (("", "v1", ("pods/ephemeralcontainers",)),))
# Whoever may write an object's status (or finish a namespace) writes its labels and annotations by the same way: where
# rules read those, they are asked there too.
STATEFUL_SETS = _one("stateful-sets", "StatefulSet", "apps", "v1", "statefulsets", "statefulsets/status")
CLAIMS = _one("claims", "PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", "persistentvolumeclaims/status")
CLAIM_DELETION = _one("claim-deletion", "PersistentVolumeClaim", "", "v1", "persistentvolumeclaims")
VOLUMES = Target("volumes", frozenset({"PersistentVolume"}))
SERVICES = _one("services", "Service", "", "v1", "services")
NETWORK_POLICIES = _one("network-policies", "NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies")
INGRESSES = _one("ingresses", "Ingress", "networking.k8s.io", "v1", "ingresses", "ingresses/status")
ROUTES = Target(
    "routes",
    frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute"}),
    (("gateway.networking.k8s.io", "*", ("httproutes", "grpcroutes", "tlsroutes")),),
)
SERVICE_ACCOUNTS = _one("service-accounts", "ServiceAccount", "", "v1", "serviceaccounts")
ROLES = Target("roles", frozenset({"Role", "ClusterRole"}), (("rbac.authorization.k8s.io", "v1", ("roles",)),))
BINDINGS = Target(
    "bindings",
    frozenset({"RoleBinding", "ClusterRoleBinding"}),
    (("rbac.authorization.k8s.io", "v1", ("rolebindings",)),),
)
CONFIG_MAPS = _one("config-maps", "ConfigMap", "", "v1", "configmaps")
SECRETS = _one("secrets", "Secret", "", "v1", "secrets")
NAMESPACES = _one(
    "namespaces", "Namespace", "", "v1", "namespaces", "namespaces/status", "namespaces/finalize", cluster=True
)
GUARDRAILS = Target("guardrails", frozenset({"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}))
ANY = Target("any", frozenset())
"""Every resource of the stack."""

CLUSTER_KINDS = frozenset(
    {
        "Namespace",
        "Node",
        "PersistentVolume",
        "StorageClass",
        "PriorityClass",
        "RuntimeClass",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "APIService",
        "CSIDriver",
        "IngressClass",
        "GatewayClass",
        "NodePool",
        "ClusterIssuer",
    }
)
"""Kinds that have no namespace."""
