"""Single faults: each breaks one rule (and those that cannot but see the same fault), and nothing else."""

from typing import Any

from policies.rules.resources import FORBIDDEN_ENVIRONMENT
from tests.policies.disguises import DISGUISES
from tests.policies.fault import ONE, POD, REMOVE, SECURITY, Fault

DIGEST = "@sha256:" + "2" * 64


def _f(rule: str, base: str, changes: dict[str, Any], *also: str, **more: Any) -> Fault:
    return Fault(rule, base, changes, frozenset(also), **more)


def _env(name: str, value: str) -> dict[str, Any]:
    return {f"{ONE}.env[+]": {"name": name, "value": value}}


def _volume(source: dict[str, Any]) -> dict[str, Any]:
    return {f"{POD}.volumes[+]": {"name": "extra", **source}}


def _mount(**entry: Any) -> dict[str, Any]:
    return {f"{ONE}.volumeMounts[+]": {"name": "tmp", **entry}}


IDENTITY = (
    _f(
        "SLATE-PRIV",
        "workspace",
        {f"{SECURITY}.privileged": True, f"{SECURITY}.allowPrivilegeEscalation": REMOVE},
        "SLATE-APE",
    ),
    _f("SLATE-APE", "workspace", {f"{SECURITY}.allowPrivilegeEscalation": True}),
    _f("SLATE-APE", "workspace", {f"{SECURITY}.allowPrivilegeEscalation": REMOVE}),
    _f("SLATE-NONROOT", "workspace", {f"{POD}.securityContext.runAsNonRoot": REMOVE}),
    _f("SLATE-NONROOT", "workspace", {f"{SECURITY}.runAsNonRoot": False}),
    _f("SLATE-NONROOT", "workspace", {f"{POD}.securityContext.runAsNonRoot": REMOVE, f"{POD}.hostUsers": False}),
    _f("SLATE-ROOT", "workspace", {f"{SECURITY}.runAsUser": 0}, "SLATE-UID"),
    _f("SLATE-UID", "workspace", {f"{POD}.securityContext.runAsUser": REMOVE}),
    _f("SLATE-UID", "workspace", {f"{POD}.securityContext.runAsUser": 70000}),
    _f("SLATE-GID", "workspace", {f"{POD}.securityContext.supplementalGroups": [0]}),
    _f("SLATE-GID", "workspace", {f"{POD}.securityContext.runAsGroup": REMOVE}),
    _f("SLATE-GID", "workspace", {f"{POD}.securityContext.fsGroup": 100}),
    _f("SLATE-CAPS", "workspace", {f"{SECURITY}.capabilities.drop": ["NET_RAW"]}),
    _f(
        "SLATE-CAPS",
        "workspace",
        {f"{SECURITY}.capabilities.add": ["SYS_ADMIN"], f"{SECURITY}.allowPrivilegeEscalation": True},
        "SLATE-CAPS-ADD",
        "SLATE-APE",
    ),
    _f("SLATE-CAPS-ADD", "workspace", {f"{SECURITY}.capabilities.add": ["NET_BIND_SERVICE"]}),
    _f("SLATE-SECCOMP", "workspace", {f"{POD}.securityContext.seccompProfile": REMOVE}),
    _f("SLATE-SECCOMP", "workspace", {f"{SECURITY}.seccompProfile": {"type": "Unconfined"}}),
    _f("SLATE-APPARMOR", "workspace", {f"{SECURITY}.appArmorProfile": {"type": "Unconfined"}}),
    _f("SLATE-SELINUX", "workspace", {f"{SECURITY}.seLinuxOptions": {"type": "spc_t"}}),
    _f("SLATE-PROCMOUNT", "workspace", {f"{SECURITY}.procMount": "Unmasked", f"{POD}.hostUsers": False}),
    _f("SLATE-SYSCTL", "workspace", {f"{POD}.securityContext.sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
    _f("SLATE-HOSTPROC", "workspace", {f"{SECURITY}.windowsOptions": {"hostProcess": True}}, admission=False),
    _f("SLATE-OS", "workspace", {f"{POD}.os": {"name": "windows"}}, admission=False),
    _f("SLATE-SHAREPID", "workspace", {f"{POD}.shareProcessNamespace": True}),
    _f("SLATE-ROROOT", "workspace", {f"{SECURITY}.readOnlyRootFilesystem": REMOVE}),
)
HOST = (
    _f("SLATE-HOSTNS", "workspace", {f"{POD}.hostPID": True}),
    _f("SLATE-HOSTNS", "workspace", {f"{POD}.hostIPC": True}),
    _f("SLATE-HOSTPORT", "workspace", {f"{ONE}.ports[0].hostPort": 8888}),
    _f("SLATE-HOSTPROBE", "workspace", {f"{ONE}.livenessProbe.httpGet.host": "169.254.169.254"}),
    _f("SLATE-NODENAME", "workspace", {f"{POD}.nodeName": "node-1"}),
    _f("SLATE-TOLER", "workspace", {f"{POD}.tolerations": [{"operator": "Exists"}]}),
    _f(
        "SLATE-TOLER",
        "workspace",
        {f"{POD}.tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]},
    ),
    _f("SLATE-PRIORITY", "workspace", {f"{POD}.priorityClassName": "slate-system"}),
    _f("SLATE-SYSPRIORITY", "workspace", {f"{POD}.priorityClassName": "system-node-critical"}, "SLATE-PRIORITY"),
    _f("SLATE-RUNTIMECLASS", "workspace", {f"{POD}.runtimeClassName": "weak"}),
    _f("SLATE-DNS", "workspace", {f"{POD}.hostAliases": [{"ip": "10.0.0.1", "hostnames": ["mirror"]}]}),
    _f("SLATE-DNS", "workspace", {f"{POD}.dnsConfig": {"nameservers": ["192.0.2.1"]}}),
)
VOLUMES = (
    _f("SLATE-VOLTYPE", "workspace", _volume({"nfs": {"server": "192.0.2.1", "path": "/"}})),
    _f("SLATE-HOSTPATH", "workspace", _volume({"hostPath": {"path": "/"}}), "SLATE-VOLTYPE"),
    _f("SLATE-PV-HOST", "volume", {"spec.csi": REMOVE, "spec.hostPath": {"path": "/data"}}),
    _f("SLATE-CSI", "workspace", _volume({"csi": {"driver": "host.example.org"}})),
    _f("SLATE-EMPTYDIR", "workspace", _volume({"emptyDir": {}})),
    _f("SLATE-MOUNTS", "workspace", _mount(mountPath="/opt/conda")),
    _f("SLATE-MOUNTS", "workspace", _mount(mountPath="/etc/ssh")),
    _f("SLATE-SUBPATH", "workspace", _mount(mountPath="/data/x", subPath="alice")),
    _f("SLATE-MOUNTPROP", "workspace", _mount(mountPath="/data/x", mountPropagation="HostToContainer")),
    _f("SLATE-PVC-OWN", "workspace", _volume({"persistentVolumeClaim": {"claimName": "home-bob-0"}})),
    _f(
        "SLATE-PVC-OWN", "pod", {"spec.volumes[+]": {"name": "x", "persistentVolumeClaim": {"claimName": "home-bob-0"}}}
    ),
    _f("SLATE-PVC-OWN", "workspace", _volume({"persistentVolumeClaim": {"claimName": "corpus-v2"}})),
    _f("SLATE-RETAIN", "workspace", {"spec.persistentVolumeClaimRetentionPolicy.whenDeleted": "Delete"}),
    _f("SLATE-CLAIM-SOURCE", "claim", {"spec.volumeName": "pv-of-bob"}),
    _f("SLATE-CLAIM-OWNER", "claim", {"metadata.labels|slate.dev/user": REMOVE}),
    _f("SLATE-CLAIM-OWNER", "claim", {"metadata.labels|slate.dev/project": "language"}),
)
RESOURCES = (
    _f("SLATE-LIMITS", "workspace", {f"{ONE}.resources.limits.ephemeral-storage": REMOVE}),
    _f("SLATE-LIMITS", "workspace", {f"{ONE}.resources.limits.memory": REMOVE}),
    _f("SLATE-CPULIMIT", "workspace", {f"{ONE}.resources.limits.cpu": REMOVE}),
    _f("SLATE-MEM-EQ", "workspace", {f"{ONE}.resources.requests.memory": "1Gi"}),
    _f("SLATE-GPU-EQ", "gpu-workspace", {f"{ONE}.resources.requests|nvidia.com/gpu": "2"}, admission=False),
    *(_f("SLATE-GPU-ENV", "workspace", _env(name, "all")) for name in FORBIDDEN_ENVIRONMENT),
    _f(
        "SLATE-GPU-NOSHARE",
        "gpu-workspace",
        {
            f"{ONE}.resources.{part}": {
                "cpu": "8",
                "memory": "64Gi",
                "ephemeral-storage": "10Gi",
                "nvidia.com/gpu.shared": "1",
            }
            for part in ("limits", "requests")
        },
    ),
    _f("SLATE-GPU-CLAIM", "workspace", {f"{POD}.resourceClaims": [{"name": "gpu", "resourceClaimName": "own"}]}),
    _f("SLATE-GPU-POOL", "workspace", {f"{POD}.tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]}),
    _f("SLATE-GPU-POOL", "gpu-workspace", {f"{POD}.nodeSelector": REMOVE}),
    _f("SLATE-IDLE", "workspace", {"metadata.annotations|slate.dev/idle-after-minutes": "100000"}),
    _f("SLATE-IDLE", "workspace", {"metadata.annotations|slate.dev/idle-after-minutes": REMOVE}),
)
IMAGES = (
    _f("SLATE-IMG-REG", "workspace", {f"{ONE}.image": f"registry.example.org.evil.example/x{DIGEST}"}),
    _f("SLATE-IMG-REG", "workspace", {f"{ONE}.image": f"docker.io/library/python{DIGEST}"}),
    _f("SLATE-IMG-DIGEST", "workspace", {f"{ONE}.image": "registry.example.org/workspace:latest"}),
    _f("SLATE-IMGVOL", "workspace", _volume({"image": {"reference": "docker.io/library/x:1"}})),
    _f("SLATE-CHANNEL", "workspace", _env("PIP_EXTRA_INDEX_URL", "https://packages.example.com/simple")),
    _f("SLATE-CHANNEL", "workspace", _env("CONDA_CHANNELS", "https://packages.example.com/main")),
    _f("SLATE-CHANNEL", "workspace", _env("CONDA_SSL_VERIFY", "false")),
    _f("SLATE-CHANNEL", "workspace", {f"{ONE}.args": ["conda install -c https://packages.example.com/main numpy"]}),
    _f("SLATE-CHANNEL-FILE", "config-map", {"data|.condarc": "channels:\n  - https://packages.example.com/main\n"}),
    _f("SLATE-CHANNEL-FILE", "config-map", {"data|.condarc": "channels: [defaults]\n"}),
    _f(
        "SLATE-CHANNEL-FILE",
        "config-map",
        {"data|pip.conf": "[global]\nindex-url = https://packages.example.com/simple\n"},
    ),
)
ACCOUNTS = (
    _f("SLATE-SATOKEN", "workspace", {f"{POD}.automountServiceAccountToken": REMOVE}),
    _f("SLATE-SATOKEN", "workspace", _volume({"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}})),
    _f("SLATE-SA", "workspace", {f"{POD}.serviceAccountName": "default"}),
    _f("SLATE-SA-OBJ", "service-account", {"automountServiceAccountToken": True}),
    _f("SLATE-SA-OBJ", "service-account", {"metadata.annotations|eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"}),
    _f("SLATE-RBAC-WILD", "role", {"rules[0].verbs": ["*"]}),
    _f("SLATE-RBAC-WILD", "cluster-role", {"rules[0].resources": ["*"]}),
    _f("SLATE-RBAC-ESC", "role", {"rules[0].resources": ["pods/exec"]}),
    _f("SLATE-RBAC-ESC", "role", {"rules[0].verbs": ["impersonate"]}),
    _f("SLATE-RBAC-SECRETS", "role", {"rules[0].resources": ["secrets"]}),
    _f(
        "SLATE-RBAC-BIND",
        "binding",
        {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}},
    ),
    _f("SLATE-RBAC-BIND", "binding", {"subjects[0].name": "system:authenticated", "subjects[0].kind": "Group"}),
)
SECRETS = (
    _f("SLATE-ENV-LITERAL", "workspace", _env("JUPYTER_TOKEN", "0123456789")),
    _f("SLATE-ENV-LITERAL", "workspace", _env("AWS_SECRET_ACCESS_KEY", "0123456789")),
    _f(
        "SLATE-ENV-SECRETREF",
        "workspace",
        {f"{ONE}.env[+]": {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}},
    ),
    _f("SLATE-ENV-SECRETREF", "workspace", {f"{ONE}.envFrom": [{"secretRef": {"name": "s"}}]}),
    _f("SLATE-ARGS", "workspace", {f"{ONE}.args": ["--ServerApp.token=0123456789"]}),
    _f("SLATE-CM", "config-map", {"data|key": "-----BEGIN RSA PRIVATE KEY-----\n"}),
    _f("SLATE-CM", "config-map", {"data|settings": "a: 1\npassword: hunter2\n"}),
    _f(
        "SLATE-SECRET-TYPE",
        "secret",
        {
            "type": "kubernetes.io/service-account-token",
            "metadata.annotations|kubernetes.io/service-account.name": "workspace",
        },
    ),
)
NETWORK = (
    _f("SLATE-NP-META", "allow-egress", {"spec.egress[2].to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}]}),
    _f("SLATE-NP-META", "allow-egress", {"spec.egress[2].to": [{"ipBlock": {"cidr": "100.64.0.0/10"}}]}),
    _f("SLATE-NP-EGRESS", "allow-egress", {"spec.egress[+]": {"ports": [{"port": 53, "protocol": "UDP"}]}}),
    _f("SLATE-NP-EGRESS", "allow-egress", {"spec.egress[0].to": [{"namespaceSelector": {}}]}),
    _f(
        "SLATE-NP-EGRESS",
        "allow-egress",
        {
            "spec.egress[2].to": [
                {
                    "ipBlock": {
                        "cidr": "0.0.0.0/0",
                        "except": ["169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32"],
                    }
                }
            ]
        },
    ),
    _f("SLATE-NP-INGRESS", "allow-platform", {"spec.ingress[0].from": [{"namespaceSelector": {}}]}),
    _f("SLATE-NP-INGRESS", "allow-platform", {"spec.ingress[0].from": REMOVE}),
    _f("SLATE-SVC", "service", {"spec.type": "NodePort", "spec.clusterIP": REMOVE}),
    _f("SLATE-SVC", "service", {"spec.externalIPs": ["192.0.2.1"]}),
    _f("SLATE-INGRESS-TLS", "ingress", {"spec.tls": REMOVE}),
    _f("SLATE-INGRESS-TLS", "ingress", {"metadata.annotations|nginx.ingress.kubernetes.io/server-snippet": "x"}),
    _f(
        "SLATE-INGRESS-HOST",
        "ingress",
        {
            "spec.rules[0].host": "alice--language.slate.example.org",
            "spec.tls[0].hosts": ["alice--language.slate.example.org"],
        },
    ),
    _f("SLATE-ROUTE-HOST", "route", {"spec.hostnames": ["*.slate.example.org"]}),
    _f("SLATE-ROUTE-HOST", "route", {"spec.hostnames": ["alice--vision.slate.example.org.evil.example"]}),
    _f("SLATE-ROUTE-PARENT", "route", {"spec.parentRefs[0].namespace": "ws-vision"}),
)
NAMESPACES = (
    _f("SLATE-NS-PSA", "namespace", {"metadata.labels|pod-security.kubernetes.io/enforce": "baseline"}),
    _f("SLATE-NS-PSA", "namespace", {"metadata.labels|pod-security.kubernetes.io/enforce-version": "latest"}),
    _f("SLATE-NS-GUARD", "namespace", {"metadata.labels|slate.dev/guardrails": REMOVE}),
    _f("SLATE-NS-GUARD", "namespace", {"metadata.labels|slate.dev/guardrails": "platform"}),
    _f("SLATE-PROTECT", "namespace", {}, protect=False),
    _f("SLATE-NS", "config-map", {"metadata.namespace": "kube-system"}, admission=False),
)
STACK = (
    _f("SLATE-PATCH", "workspace", {}, token="kubernetes:apps/v1:StatefulSetPatch"),
    _f("SLATE-HELM", "config-map", {}, token="kubernetes:helm.sh/v3:Release"),
    _f("SLATE-SKIP", "workspace", {"metadata.annotations|checkov.io/skip1": "CKV_K8S_16=no"}),
    _f(
        "SLATE-SKIP",
        "workspace",
        {"spec.template.metadata.annotations|polaris.fairwinds.com/privileged-exempt": "true"},
    ),
    _f("SLATE-KIND", "workspace", {}, token="kubernetes:kubeflow.org/v1:Notebook"),
)
PLAIN = IDENTITY + HOST + VOLUMES + RESOURCES + IMAGES + ACCOUNTS + SECRETS + NETWORK + NAMESPACES + STACK
FAULTS = PLAIN + DISGUISES
