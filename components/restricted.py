"""What every pod of the platform has in common: Pod Security `restricted`, a read-only root, stated resources."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input

from components import labels
from components.objects import present

USER_ID = 1000
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
"""Where `account_token` is mounted."""

PRIORITY = "slate-system"
JOB_PRIORITY = "slate-jobs"
"""Of pods that end by themselves: they wait for room, and never take it from a workspace."""

CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
}

# Upstreams are reached by name, so egress cannot name their addresses; what it never may reach it can.
ANYWHERE = (
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32"]}},
    {"ipBlock": {"cidr": "::/0", "except": ["fe80::/10", "fd00:ec2::/32", "fd20:ce::254/128"]}},
)
"""Every network but those where clouds hand out the node's credentials."""


def metadata(name: str, component: str, **more: Any) -> dict[str, Any]:
    """Metadata of an object of the platform."""
    return {
        "name": name,
        "namespace": labels.SYSTEM_NAMESPACE,
        "labels": labels.standard(name, component),
        **more,
    }


def container(
    name: str,
    image: Input[str],
    command: Sequence[str],
    mounts: Mapping[str, str],
    *,
    memory: str,
    cpu: str = "100m",
    read_only: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """A container.

    Args:
        name: Its name.
        image: Its image, by digest.
        command: What it runs.
        mounts: Paths by the name of the volume.
        memory: Request and limit, a quantity.
        cpu: Request, a quantity; there is no limit.
        read_only: Volumes that it may not write to.
        **more: Further fields, such as ports and probes.
    """
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(command),
        "resources": {
            "requests": {"cpu": cpu, "memory": memory, "ephemeral-storage": "64Mi"},
            "limits": {"memory": memory, "ephemeral-storage": "1Gi"},
        },
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            {"name": volume, "mountPath": path} | ({"readOnly": True} if volume in read_only else {})
            for volume, path in mounts.items()
        ],
        **more,
    }


def program(
    name: str, image: Input[str], command: Sequence[str], mounts: Mapping[str, str], **more: Any
) -> dict[str, Any]:
    """A container that runs one of the platform's own programs (images/platform).

    Args:
        name: Its name.
        image: The platform's image, by digest.
        command: Module of the program below `services`, and its arguments.
        mounts: Paths by the name of the volume; the volume `tmp` comes besides.
        **more: As of `container`.
    """
    module, *arguments = command
    run = ["python", "-m", f"services.{module}", *arguments]
    writable = {"tmp": "/tmp"}  # noqa: S108 - a mount inside the container
    home = [{"name": "HOME", "value": "/tmp"}]  # noqa: S108
    return container(name, image, run, {**mounts, **writable}, env=home, **more)


def account_token() -> dict[str, Any]:
    """The volume `token` with an account's token for an hour, which the kubelet renews, for one container alone."""
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]
    return {"name": "token", "projected": {"defaultMode": 0o440, "sources": sources}}


def scratch(size: str) -> dict[str, Any]:
    """The volume `tmp` of a program."""
    return {"name": "tmp", "emptyDir": {"sizeLimit": size}}


def pod(
    containers: Sequence[Mapping[str, Any]],
    volumes: Sequence[Mapping[str, Any]],
    *,
    pull_secret: str | None = None,
    user_id: int = USER_ID,
    **more: Any,
) -> dict[str, Any]:
    """A pod's specification.

    Args:
        containers: Its containers.
        volumes: Its volumes.
        pull_secret: Name of the Secret for pulling its images.
        user_id: User and group of its processes.
        **more: Further fields, such as init containers.
    """
    spec = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": JOB_PRIORITY if more.get("restartPolicy") == "Never" else PRIORITY,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user_id,
            "runAsGroup": user_id,
            "fsGroup": user_id,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "imagePullSecrets": [{"name": pull_secret}] if pull_secret else None,
        "containers": [dict(item) for item in containers],
        "volumes": [dict(volume) for volume in volumes],
    }
    return present(spec) | more


def cron_job(
    name: str,
    component: str,
    schedule: str,
    backoff_limit: int,
    spec: Mapping[str, Any],
    *,
    suspend: bool = False,
    deadline_seconds: int | None = None,
) -> dict[str, Any]:
    """A pod by schedule, in UTC and never two at once.

    Args:
        name: Name of the object, and label of its pods.
        component: Part that the object belongs to.
        schedule: When, as cron has it.
        backoff_limit: How often a pod that fails is made again.
        spec: Of the pod.
        suspend: Declare it without ever running it.
        deadline_seconds: Time after which its pod is ended.
    """
    template = {"metadata": {"labels": labels.standard(name, name)}, "spec": spec}
    limits = {"backoffLimit": backoff_limit, "activeDeadlineSeconds": deadline_seconds}
    job = present({**limits, "template": template})
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(name, component),
        "spec": {
            "schedule": schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": job},
        }
        | ({"suspend": True} if suspend else {}),
    }


def policy(name: str, component: str, ingress: Sequence[Any], egress: Sequence[Any]) -> dict[str, Any]:
    """A NetworkPolicy for the pods of one part of the platform: what is not named does not pass, either way."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name, component),
        "spec": {
            "podSelector": {"matchLabels": selector(component)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": list(ingress),
            "egress": list(egress),
        },
    }


def selector(component: str) -> dict[str, str]:
    """Labels that select the pods of one part of the platform."""
    return {labels.PART_OF: "slate", labels.COMPONENT: component}


def beside(component: str) -> dict[str, Any]:
    """Affinity to the node where a part of the platform runs, as both use one volume that attaches to one node."""
    term = {"labelSelector": {"matchLabels": selector(component)}, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def ports(*numbers: int, protocol: str = "TCP") -> list[dict[str, Any]]:
    """Ports of a NetworkPolicy's rule."""
    return [{"port": number, "protocol": protocol} for number in numbers]


def networks(cidrs: Sequence[str]) -> list[dict[str, Any]]:
    """Peers of a NetworkPolicy's rule: networks outside the cluster."""
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]


def dns() -> dict[str, Any]:
    """The egress rule for the cluster's DNS."""
    kube_system = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    return {"to": [kube_system], "ports": [*ports(53, protocol="UDP"), *ports(53)]}


def api_server() -> dict[str, Any]:
    """The egress rule for the API server.

    Policies are applied after the Service's address was replaced by the server's own, which differs from cluster to
    cluster, as does the port that it listens on.
    """
    return {"to": list(ANYWHERE)}


PLATFORM = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": labels.SYSTEM_NAMESPACE}}}
"""Peer: the platform's own namespace."""

EVERY_PROJECT = {"namespaceSelector": {"matchLabels": {labels.PART_OF: "slate"}}}
"""Peer: the namespaces of projects, and the platform's own."""
