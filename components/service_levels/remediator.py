"""`Remediator`: the program that replaces pods of workspaces which are down and do not come back by themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, ResourceOptions

from components import labels, restricted
from components.labels import REMEDIATOR as NAME
from components.objects import Manifest, check_keys, declare

LEDGER = "remediations"
CLUSTER_ROLE = "slate-remediator-cluster"
PORT = 8095


class RemediatorArgs(TypedDict):
    """Inputs of `Remediator`."""

    image: Input[str]
    """Image of the platform's programs, by digest."""
    at_rest: NotRequired[bool]
    """Declare the program without running it, where it runs beside the cluster (default false)."""
    pull_secret: NotRequired[str]
    """Name of the Secret for pulling it."""
    dry_run: NotRequired[bool]
    """Only say what it would do (default false)."""
    minimum_age_seconds: NotRequired[int]
    """Least time that a pod has not been ready (default 120)."""
    start_deadline_seconds: NotRequired[int]
    """Time that a start may take (default 300)."""
    per_workspace_per_hour: NotRequired[int]
    """Most new pods for one workspace (default 2)."""
    fleet_percent: NotRequired[int]
    """Most new pods in ten minutes, in percent of the workspaces that are to run (default 10)."""
    fencing: NotRequired[bool]
    """Fence lost nodes, under the conditions of docs/healing.md (default false)."""
    notified_from: NotRequired[Sequence[str]]
    """Namespaces of Alertmanagers and Prometheuses, besides the platform's own."""


def service_account() -> Manifest:
    """Its account."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": restricted.metadata(NAME, NAME),
        "automountServiceAccountToken": False,
    }


def cluster_role(args: RemediatorArgs) -> Manifest:
    """What it looks at in the whole cluster: which namespaces are projects, which nodes are ready."""
    nodes = ["get", "list", *(["patch"] if args.get("fencing") else [])]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": _wide(CLUSTER_ROLE),
        "rules": [
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]},
            {"apiGroups": [""], "resources": ["nodes"], "verbs": nodes},
        ],
    }


def project_role() -> Manifest:
    """What it does in projects; each project binds it in its own namespace (components/project/access.py)."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": _wide(labels.REMEDIATOR_ROLE),
        "rules": [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "delete"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["list", "create"]},
            {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["get", "list"]},
        ],
    }


def ledger_role() -> Manifest:
    """Its ledger: this one ConfigMap."""
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [LEDGER], "verbs": ["get", "update"]}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": restricted.metadata(NAME, NAME),
        "rules": [rule],
    }


def bindings() -> tuple[Manifest, Manifest]:
    """Its rights in the cluster, and to its ledger."""
    subjects = [{"kind": "ServiceAccount", "name": NAME, "namespace": labels.SYSTEM_NAMESPACE}]
    group = "rbac.authorization.k8s.io"
    wide: Manifest = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": _wide(CLUSTER_ROLE),
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": CLUSTER_ROLE},
        "subjects": subjects,
    }
    own: Manifest = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": restricted.metadata(NAME, NAME),
        "roleRef": {"apiGroup": group, "kind": "Role", "name": NAME},
        "subjects": subjects,
    }
    return wide, own


def ledger() -> Manifest:
    """What it did in the last hour: the program writes it, and a deployment leaves it alone."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": restricted.metadata(LEDGER, NAME)}


def command(args: RemediatorArgs) -> list[str]:
    """Module of the program and its arguments."""
    values = {
        "--minimum-age-seconds": args.get("minimum_age_seconds", 120),
        "--start-deadline-seconds": args.get("start_deadline_seconds", 300),
        "--per-workspace-per-hour": args.get("per_workspace_per_hour", 2),
        "--fleet-percent": args.get("fleet_percent", 10),
    }
    flags = [flag for flag, given in (("--dry-run", args.get("dry_run")), ("--fencing", args.get("fencing"))) if given]
    listening = ["--address", "0.0.0.0", "--port", str(PORT)]  # noqa: S104 - inside a pod
    where = ["--namespace", labels.SYSTEM_NAMESPACE, "--ledger", LEDGER]
    numbers = [word for flag, value in values.items() for word in (flag, str(int(value)))]
    return ["service_levels", "remediate", *listening, *where, *numbers, *flags]


def deployment(args: RemediatorArgs) -> Manifest:
    """The program. One at a time: two would be safe by their ledger, but get into each other's way."""
    asked = {"httpGet": {"path": "/healthz", "port": "http"}, "timeoutSeconds": 5}
    container = restricted.program(
        "remediator",
        args["image"],
        command(args),
        {"token": restricted.TOKEN},
        memory="256Mi",
        cpu="20m",
        read_only=("token",),
        ports=[{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        readinessProbe={**asked, "periodSeconds": 5, "failureThreshold": 3},
        livenessProbe={**asked, "periodSeconds": 20, "failureThreshold": 3},
    )
    selected = restricted.selector(NAME)
    spec = restricted.pod(
        [container],
        [restricted.scratch("16Mi"), restricted.account_token()],
        pull_secret=args.get("pull_secret"),
        serviceAccountName=NAME,
    )
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": restricted.metadata(NAME, NAME),
        "spec": {
            "replicas": 0 if args.get("at_rest") else 1,
            "revisionHistoryLimit": 2,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selected},
            "template": {"metadata": {"labels": labels.standard(NAME, NAME) | selected}, "spec": spec},
        },
    }


def service() -> Manifest:
    """Where Alertmanager sends its notifications to, and Prometheus finds the metrics."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": restricted.metadata(NAME, NAME),
        "spec": {
            "selector": restricted.selector(NAME),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    }


def network_policy(args: RemediatorArgs) -> Manifest:
    """Notifications and scrapes come in; DNS and the API server, whose address differs, are reached."""
    named = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
        for name in sorted(set(args.get("notified_from") or ()) - {labels.SYSTEM_NAMESPACE})
    ]
    ingress = [{"from": [restricted.PLATFORM, *named], "ports": restricted.ports(PORT)}]
    return restricted.policy(NAME, NAME, ingress, [restricted.dns(), restricted.api_server()])


def _wide(name: str) -> Mapping[str, Any]:
    """Metadata of an object that is in no namespace."""
    return {"name": name, "labels": labels.standard(name, NAME)}


class Remediator(pulumi.ComponentResource):
    """The remediator in the platform's namespace, with its rights and its ledger.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    def __init__(self, name: str, args: RemediatorArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Remediator", name, {}, opts)
        check_keys(f"Remediator {name!r}", args, RemediatorArgs)
        child = ResourceOptions(parent=self)
        wide, own = bindings()
        rbac = kubernetes.rbac.v1
        needed: list[pulumi.Resource] = [
            declare(kubernetes.core.v1.ServiceAccount, name, service_account(), child),
            declare(rbac.ClusterRole, CLUSTER_ROLE, cluster_role(args), child),
            declare(rbac.ClusterRole, labels.REMEDIATOR_ROLE, project_role(), child),
            declare(rbac.Role, name, ledger_role(), child),
            declare(rbac.ClusterRoleBinding, CLUSTER_ROLE, wide, child),
            declare(rbac.RoleBinding, name, own, child),
            declare(
                kubernetes.core.v1.ConfigMap, LEDGER, ledger(), ResourceOptions(parent=self, ignore_changes=["data"])
            ),
        ]
        declare(kubernetes.networking.v1.NetworkPolicy, name, network_policy(args), child)
        declare(kubernetes.core.v1.Service, name, service(), child)
        after = ResourceOptions(parent=self, depends_on=needed)
        declare(kubernetes.apps.v1.Deployment, name, deployment(args), after)
        self.register_outputs({})
