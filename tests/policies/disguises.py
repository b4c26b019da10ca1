"""Single faults in disguise: the same things as in faults.py by ways that the first look at a field does not see."""

from typing import Any

from tests.policies.fault import ONE, POD, Fault

ELSEWHERE = "https://packages.example.com/simple"
OWN = "http://conda-mirror.slate-system.svc:8100/latest/main-mirror"
NAME = "kubernetes.io/metadata.name"
RBAC = "rbac.authorization.k8s.io"
AZURE_AND_AWS = ["169.254.0.0/16", "168.63.129.16/32"]


def _f(rule: str, base: str, changes: dict[str, Any], *also: str) -> Fault:
    return Fault(rule, base, changes, frozenset(also))


def _env(name: str, value: str = ELSEWHERE) -> Fault:
    return _f("SLATE-CHANNEL", "workspace", {f"{ONE}.env[+]": {"name": name, "value": value}})


def _mount(path: str) -> Fault:
    return _f("SLATE-MOUNTS", "workspace", {f"{ONE}.volumeMounts[+]": {"name": "tmp", "mountPath": path}})


def _volume(rule: str, source: dict[str, Any]) -> Fault:
    return _f(rule, "workspace", {f"{POD}.volumes[+]": {"name": "extra", **source}})


def _resource(rule: str, name: str) -> Fault:
    parts = ("limits", "requests")
    return _f(rule, "workspace", {f"{ONE}.resources.{part}|{name}": "0" for part in parts})


def _role(rule: str, **changes: list[str]) -> Fault:
    return _f(rule, "role", {f"rules[0].{key}": value for key, value in changes.items()})


def _bound(name: str) -> Fault:
    return _f("SLATE-RBAC-BIND", "binding", {"roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}})


def _subject(kind: str, name: str) -> Fault:
    return _f("SLATE-RBAC-BIND", "binding", {"subjects[0].kind": kind, "subjects[0].name": name})


def _chosen(selector: dict[str, Any]) -> tuple[Fault, Fault]:
    """All namespaces, or all projects, by a selector that is not empty."""
    peer = [{"namespaceSelector": selector}]
    return (
        _f("SLATE-NP-EGRESS", "allow-egress", {"spec.egress[0].to": peer}),
        _f("SLATE-NP-INGRESS", "allow-platform", {"spec.ingress[0].from": peer}),
    )


def _file(name: str, content: str, part: str = "data") -> Fault:
    return _f("SLATE-CHANNEL-FILE", "config-map", {f"{part}|{name}": content})


_SOURCE = {"kind": "PersistentVolumeClaim", "name": "home-bob-0"}
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "dataSource": _SOURCE}

DISGUISES: tuple[Fault, ...] = (
    # Volumes: what a path means, what 0 means, who makes a claim.
    *map(_mount, ("/", "etc/ssh", "/data/../etc", "/./usr/bin")),
    _volume("SLATE-EMPTYDIR", {}),
    _volume("SLATE-EMPTYDIR", {"emptyDir": {"sizeLimit": "0"}}),
    _f("SLATE-CLAIM-TEMPLATE", "workspace", {"spec.volumeClaimTemplates[0].spec.volumeName": "pv-of-bob"}),
    _volume("SLATE-CLAIM-TEMPLATE", {"ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM}}}),
    # Resources: a limit of 0 is none; a device by the name of its class.
    _resource("SLATE-LIMITS", "memory"),
    _resource("SLATE-LIMITS", "ephemeral-storage"),
    _f(
        "SLATE-CPULIMIT",
        "workspace",
        {f"{ONE}.resources.limits.cpu": "0", f"{ONE}.resources.requests.cpu": "0"},
        "SLATE-LIMITS",
    ),
    _f(
        "SLATE-GPU-CLAIM",
        "workspace",
        {f"{ONE}.resources.{part}|deviceclass.resource.kubernetes.io/gpu": "1" for part in ("limits", "requests")},
    ),
    _f("SLATE-GPU-ENV", "workspace", {f"{ONE}.envFrom": [{"prefix": "LD_", "configMapRef": {"name": "x"}}]}),
    # Packages: other names for the same variable, two addresses in one, other spellings, other places.
    *map(_env, ("PIP_index_url", "PIP_PYPI_URL", "CONDA_CHANNEL", "UV_INSECURE_HOST", "CONDA_MIRRORED_CHANNELS")),
    *map(_env, ("CONDARC", "PIP_CONFIG_FILE", "UV_CONFIG_FILE"), ("/tmp/x",) * 3),
    _env("PIP_FIND_LINKS", f"{OWN} {ELSEWHERE}"),
    _env("CONDA_SSL_VERIFY", "off"),
    _env("CONDA_VERIFY_SSL", "false"),
    _f(
        "SLATE-CHANNEL",
        "workspace",
        {f"{ONE}.env[+]": {"name": "PIP_INDEX_URL", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}},
    ),
    *(
        _f("SLATE-CHANNEL", "workspace", {f"{ONE}.args": ["-c", line]})
        for line in (
            "pip install --index-url HTTPS://packages.example.com/simple numpy",
            f"true;pip install --index-url {ELSEWHERE} numpy",
            f"pip3.11 install --index-url {ELSEWHERE} numpy",
        )
    ),
    _f(
        "SLATE-CHANNEL",
        "workspace",
        {f"{ONE}.lifecycle": {"postStart": {"exec": {"command": ["pip", "install", "-i", ELSEWHERE, "numpy"]}}}},
    ),
    _f("SLATE-ARGS", "workspace", {f"{ONE}.lifecycle": {"preStop": {"exec": {"command": ["x", "--token=0123456"]}}}}),
    _file(".condarc", f"channels:\n  - {OWN}\n  - defaults\n"),
    _file(".condarc", f"channels: [{OWN}, 'main']\n"),
    _file(".condarc", 'channels:\n  # first\n  - "r"\n'),
    _file(".condarc", "{channels: [defaults]}\n"),
    _file(".mambarc", "channels: [https://packages.example.com/main]\n"),
    _file("pip.conf", "[global]\nindex-url = HTTPS://packages.example.com/simple\n"),
    _file("pip.conf", "W2dsb2JhbF0K", part="binaryData"),
    # Rights: stars in the middle, new verbs, what answers with an object, roles and groups by other names.
    *(_role("SLATE-RBAC-WILD", resources=[name], verbs=["create"]) for name in ("*/exec", "*/token")),
    *(_role("SLATE-RBAC-ESC", resources=[name]) for name in ("pods/proxy", "services/proxy", "pods/binding")),
    _role("SLATE-RBAC-ESC", resources=["mutatingadmissionpolicies"]),
    _role("SLATE-RBAC-ESC", verbs=["impersonate:user-info"]),
    *(
        _role("SLATE-RBAC-SECRETS", resources=["secrets"], verbs=[verb])
        for verb in ("patch", "update", "deletecollection")
    ),
    *map(_bound, ("system:aggregate-to-edit", "system:kube-controller-manager")),
    _subject("Group", "system:serviceaccounts"),
    _subject("Group", "system:serviceaccounts:ws-vision"),
    _subject("User", "system:serviceaccount:ws-vision:default"),
    # Traffic: the internet in halves, everybody by a selector that is not empty, further host names.
    _f(
        "SLATE-NP-EGRESS",
        "allow-egress",
        {
            "spec.egress[2].to": [
                {"ipBlock": {"cidr": "0.0.0.0/1", "except": ["100.100.100.200/32"]}},
                {"ipBlock": {"cidr": "128.0.0.0/1", "except": AZURE_AND_AWS}},
            ]
        },
    ),
    _f("SLATE-NP-EGRESS", "allow-egress", {"spec.egress[2].to": [{"ipBlock": {"cidr": "2000::/3"}}]}),
    *_chosen({"matchExpressions": [{"key": NAME, "operator": "Exists"}]}),
    *_chosen({"matchExpressions": [{"key": NAME, "operator": "NotIn", "values": ["x"]}]}),
    *_chosen({"matchLabels": {"slate.dev/guardrails": "tenant"}}),
    *_chosen({"matchLabels": {NAME: "ws-language"}}),
    *_chosen({"matchExpressions": [{"key": NAME, "operator": "In", "values": ["slate-system", "ws-language"]}]}),
    _f("SLATE-NP-INGRESS", "allow-platform", {"spec.ingress[0].from": [{"podSelector": {}}]}),
    _f("SLATE-INGRESS-TLS", "ingress", {"metadata.annotations|nginx.ingress.kubernetes.io/ssl-redirect": "false"}),
    _f(
        "SLATE-INGRESS-HOST",
        "ingress",
        {"metadata.annotations|nginx.ingress.kubernetes.io/server-alias": "bob--language.slate.example.org"},
    ),
    _f("SLATE-ROUTE-PARENT", "route", {"spec.parentRefs[0].kind": "Service"}),
)
