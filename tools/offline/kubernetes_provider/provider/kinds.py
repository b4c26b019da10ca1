"""What is particular to a kind: scope, fields that cannot change in place, special treatment.

The fields whose change replaces an object follow the upstream provider's list, also where the API server has
since learnt to change one in place (`spec.revisionHistoryLimit` of a StatefulSet).
"""

from typing import Any

Object = dict[str, Any]
Pattern = tuple[str, ...]

CLUSTER_SCOPED = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storage.k8s.io", "VolumeAttributesClass"),
    }
)

# Groups whose objects all live in a namespace unless listed above, so that no look-up is needed.
NAMESPACED_GROUPS = frozenset(
    {"", "apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"}
    | {"networking.k8s.io", "policy", "rbac.authorization.k8s.io"}
)

# With `pulumi.com/skipAwait`, only these are not waited for when they are deleted.
SKIP_AWAIT_ON_DELETE = frozenset(
    {
        ("", "Namespace"),
        ("", "Pod"),
        ("", "ReplicationController"),
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("batch", "Job"),
    }
)

_VOLUME_SOURCES = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
]
_POD_FIELDS = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
]
_CONTAINER_FIELDS = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
]


def _spec(names: list[str]) -> tuple[Pattern, ...]:
    return tuple(("spec", name) for name in names)


REPLACED: dict[tuple[str, str], tuple[Pattern, ...]] = {
    ("apps", "Deployment"): _spec(["selector"]),
    ("apps", "DaemonSet"): _spec(["selector"]),
    ("apps", "StatefulSet"): _spec(
        ["podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"]
    ),
    ("batch", "Job"): _spec(["completions", "parallelism", "selector", "template"]),
    ("", "PersistentVolume"): _spec(_VOLUME_SOURCES),
    ("", "PersistentVolumeClaim"): _spec(["accessModes", "selector", "storageClassName", "volumeName"]),
    ("", "Pod"): _spec(_POD_FIELDS)
    + tuple(("spec", group, "*", f) for group in ("containers", "initContainers") for f in _CONTAINER_FIELDS),
    ("", "ResourceQuota"): _spec(["scopes"]),
    ("", "Secret"): (("type",),),
    ("", "Service"): _spec(["clusterIP"]),
    ("rbac.authorization.k8s.io", "RoleBinding"): (("roleRef",),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (("roleRef",),),
    ("storage.k8s.io", "StorageClass"): (("parameters",), ("provisioner",)),
}
IDENTITY: tuple[Pattern, ...] = (("metadata", "name"), ("metadata", "namespace"))


def group(obj: Object) -> str:
    """The API group; "" for the core group."""
    return obj.get("apiVersion", "").rpartition("/")[0]


def key(obj: Object) -> tuple[str, str]:
    """Group and kind, the key of this module's tables."""
    return group(obj), obj.get("kind", "")


def replaced_fields(obj: Object, mutable_config_maps: bool, mutable_secrets: bool) -> tuple[Pattern, ...]:
    """The fields of this object whose change replaces it, as path patterns (`*` stands for any list element)."""
    fields = IDENTITY + REPLACED.get(key(obj), ())
    frozen = obj.get("immutable") is True
    if key(obj) == ("", "Secret") and (frozen or not mutable_secrets):
        fields += (("stringData",), ("data",))
    if key(obj) == ("", "ConfigMap") and (frozen or not mutable_config_maps):
        fields += (("binaryData",), ("data",))
    return fields


def scope(obj: Object) -> bool | None:
    """Whether the object lives in a namespace; None if only the API server can tell."""
    if key(obj) in CLUSTER_SCOPED:
        return False
    return True if group(obj) in NAMESPACED_GROUPS else None


def type_of(urn: str) -> str:
    """The type token of a resource, without its parents' types."""
    return urn.split("::")[2].rpartition("$")[2]


def is_patch(urn: str, obj: Object) -> bool:
    """Whether the resource is a `…Patch`: it owns some fields of an object, not the object."""
    return type_of(urn).rpartition(":")[2] == f"{obj.get('kind', '')}Patch"


def is_list(urn: str) -> bool:
    """Whether the resource is a list of objects (`PodList`), which cannot be created."""
    _, module, kind = type_of(urn).split(":")
    known = "." not in module or module.partition("/")[0].endswith(".k8s.io")
    return known and kind.endswith("List")


def from_type(urn: str) -> tuple[str, str]:
    """The apiVersion and kind that a type token stands for."""
    _, module, kind = type_of(urn).split(":")
    api_group, _, version = module.rpartition("/")
    api_version = version if api_group in ("", "core") else f"{api_group}/{version}"
    return api_version, kind.removesuffix("Patch")


def is_definition(obj: Object) -> bool:
    """Whether the object defines a custom kind."""
    return key(obj) == ("apiextensions.k8s.io", "CustomResourceDefinition")
