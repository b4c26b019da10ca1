"""Isolation of a project: nothing in, nothing out, and the few paths that are needed."""

import ipaddress
from typing import Any

from components import labels
from components.objects import Manifest
from components.project.args import EgressArgs, ProjectArgs
from components.project.metadata import metadata

NAMESPACE_LABEL = "kubernetes.io/metadata.name"

# Cloud metadata services hand out the node's credentials. They answer on link-local addresses, some clouds' on others
# (Alibaba Cloud 100.100.100.200, Azure 168.63.129.16, AWS over IPv6 fd00:ec2::/32, Google Cloud fd20:ce::254).
NEVER = (
    "169.254.0.0/16",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "fe80::/10",
    "fd00:ec2::/32",
    "fd20:ce::254/128",
)

MIRRORS = ("conda-cache", "conda-mirror")
"""Parts of the platform that workspaces may reach. Images are pulled by the nodes, never by a workspace."""


def _policy(args: ProjectArgs, name: str, spec: dict[str, Any]) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(args, name, "isolation"),
        "spec": spec,
    }


def _system() -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: labels.SYSTEM_NAMESPACE}}}


def _ports(*numbers: int, protocol: str = "TCP") -> list[dict[str, Any]]:
    return [{"port": number, "protocol": protocol} for number in numbers]


def default_deny(args: ProjectArgs) -> Manifest:
    """Every pod of the project: no traffic, except what another policy allows."""
    return _policy(args, "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def allow_platform(args: ProjectArgs) -> Manifest:
    """The platform reaches the workspaces: front door to JupyterLab and SSH, hibernation to the activity agent."""
    rule = {
        "from": [_system()],
        "ports": _ports(labels.PORT_JUPYTER, labels.PORT_SSH, labels.PORT_ACTIVITY),
    }
    return _policy(
        args,
        "allow-platform",
        {
            "podSelector": {"matchLabels": dict(labels.workspace_selector(project=args["name"]))},
            "policyTypes": ["Ingress"],
            "ingress": [rule],
        },
    )


def allow_egress(args: ProjectArgs) -> Manifest:
    """Workspaces reach the cluster's DNS, the conda mirror, and the networks that the settings name."""
    dns = {
        "to": [{"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: "kube-system"}}}],
        "ports": [*_ports(53, protocol="UDP"), *_ports(53)],
    }
    mirrors = {"matchExpressions": [{"key": labels.COMPONENT, "operator": "In", "values": list(MIRRORS)}]}
    mirror = {"to": [_system() | {"podSelector": mirrors}], "ports": _ports(labels.PORT_MIRROR)}
    rules = [dns, mirror]
    rules += [_egress(entry) for entry in args.get("egress") or ()]
    return _policy(
        args,
        "allow-egress",
        {
            "podSelector": {"matchLabels": dict(labels.workspace_selector(project=args["name"]))},
            "policyTypes": ["Egress"],
            "egress": rules,
        },
    )


def _egress(entry: EgressArgs) -> dict[str, Any]:
    network = ipaddress.ip_network(entry["cidr"], strict=False)
    excluded = [never for never in NEVER if _contains(network, ipaddress.ip_network(never))]
    block: dict[str, Any] = {"cidr": str(network)} | ({"except": excluded} if excluded else {})
    rule: dict[str, Any] = {"to": [{"ipBlock": block}]}
    ports = entry.get("ports")
    return rule | ({"ports": _ports(*(int(port) for port in ports))} if ports else {})


def _contains(outer: Any, inner: Any) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)
