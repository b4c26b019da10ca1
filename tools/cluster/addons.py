"""What the cluster has besides Kubernetes itself: kwok's rights, and the storage class of simulated volumes."""

FIELD_MANAGER = "slate-cluster"
PROVISIONER = "sim.slate.dev/volume"

KWOK_ROLE: dict = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "slate:kwok"},
    "rules": [
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete"]},
        {"apiGroups": [""], "resources": ["nodes/status", "pods/status"], "verbs": ["patch"]},
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["persistentvolumeclaims/status"], "verbs": ["patch"]},
        {
            "apiGroups": [""],
            "resources": ["persistentvolumes"],
            "verbs": ["get", "list", "watch", "create", "patch", "delete"],
        },
        {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "verbs": ["get", "list", "watch", "create", "update"],
        },
    ],
}
KWOK_BINDING: dict = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "slate:kwok"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "slate:kwok"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "slate:kwok"}],
}
STORAGE_CLASS: dict = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": PROVISIONER,
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "WaitForFirstConsumer",
    "allowVolumeExpansion": True,
}
# Simulated volumes need not be attached to a node: without this object Kubernetes would wait for an attacher.
VOLUME_DRIVER: dict = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "CSIDriver",
    "metadata": {"name": "sim.slate.dev"},
    "spec": {"attachRequired": False},
}

# With the path of their kind; in the order they are applied.
OBJECTS: tuple[tuple[str, dict], ...] = (
    ("/apis/rbac.authorization.k8s.io/v1/clusterroles", KWOK_ROLE),
    ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", KWOK_BINDING),
    ("/apis/storage.k8s.io/v1/csidrivers", VOLUME_DRIVER),
    ("/apis/storage.k8s.io/v1/storageclasses", STORAGE_CLASS),
)
