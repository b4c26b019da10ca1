"""Serving the mirror: one Deployment over its volume, its address, and who may read."""

from typing import Any

from components import labels, restricted
from components.addresses import MIRROR_NAME
from components.conda_mirror.args import CondaMirrorArgs
from components.objects import Manifest, present

COMPONENT = "conda-mirror"
ROOT = "/srv/channels"
LISTENING = ("--address", "0.0.0.0", "--port", str(labels.PORT_MIRROR))  # noqa: S104 - inside a pod


def volume_claim(args: CondaMirrorArgs) -> Manifest:
    """The volume; the synchronisation writes to it, on the node where the server runs."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": restricted.metadata(MIRROR_NAME, COMPONENT),
        "spec": present(
            {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": args.get("storage") or "100Gi"}},
                "storageClassName": args.get("storage_class"),
            }
        ),
    }


def deployment(args: CondaMirrorArgs) -> Manifest:
    """The server; it cannot write to the channels. A volume that attaches to one node allows no rolling update."""
    server = restricted.program(
        "server",
        args["image"],
        ["conda_mirror", "serve", "--root", ROOT, *LISTENING],
        {"data": ROOT},
        memory="512Mi",
        cpu="200m",
        read_only=("data",),
        **answering(),
    )
    selected = restricted.selector(COMPONENT)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": restricted.metadata(MIRROR_NAME, COMPONENT),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 2,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selected},
            "template": {
                "metadata": {"labels": labels.standard(MIRROR_NAME, COMPONENT) | selected},
                "spec": restricted.pod(
                    [server],
                    [
                        {"name": "data", "persistentVolumeClaim": {"claimName": MIRROR_NAME}},
                        restricted.scratch("64Mi"),
                    ],
                    pull_secret=args.get("pull_secret"),
                ),
            },
        },
    }


def service() -> Manifest:
    """The mirror's address."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": restricted.metadata(MIRROR_NAME, COMPONENT),
        "spec": {
            "selector": restricted.selector(COMPONENT),
            "ports": [{"name": "http", "port": labels.PORT_MIRROR, "targetPort": "http"}],
        },
    }


def network_policy(args: CondaMirrorArgs) -> Manifest:
    """Projects, the platform and the networks that are named read; the server itself reaches nothing."""
    readers = [restricted.EVERY_PROJECT, *restricted.networks(args.get("clients") or ())]
    return restricted.policy(
        MIRROR_NAME, COMPONENT, [{"from": readers, "ports": restricted.ports(labels.PORT_MIRROR)}], []
    )


def answering() -> dict[str, Any]:
    """Port and probes of a server of packages. Ready also without any snapshot: the first one is yet to come."""
    asked = {"httpGet": {"path": "/healthz", "port": "http"}, "timeoutSeconds": 5}
    return {
        "ports": [{"name": "http", "containerPort": labels.PORT_MIRROR, "protocol": "TCP"}],
        "readinessProbe": {**asked, "periodSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {**asked, "periodSeconds": 20, "failureThreshold": 3},
    }
