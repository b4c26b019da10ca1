"""The registry's server: two containers over one volume, one that only serves pulls and one that takes pushes.

Accounts alone cannot tell pulls from pushes (distribution's htpasswd knows no rights), but ports can: the network
policy lets the nodes reach the first, which is read-only for ever, and the image builders the second.

Both are restarted by their liveness probe, within the pod, when the certificate is renewed; the second also when the
mode changes. Pulls go on meanwhile, and nobody needs the right to delete pods.
"""

from typing import Any

from components import labels, restricted
from components.addresses import REGISTRY_NAME
from components.objects import Manifest, present
from components.registry import configuration as at
from components.registry.args import ImageRegistryArgs

COMPONENT = "registry"
CONFIG_NAME = "registry-config"
MODE_NAME = "registry-mode"
ACCOUNTS_NAME = "registry-accounts"
TLS_NAME = "registry-tls"
MODE_KEY = "mode"
PUSH = "push"


def volume_claim(args: ImageRegistryArgs) -> Manifest:
    """The volume; several pods use it, all on one node."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": restricted.metadata(REGISTRY_NAME, COMPONENT),
        "spec": present(
            {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": args.get("storage") or "200Gi"}},
                "storageClassName": args.get("storage_class"),
            }
        ),
    }


def configuration() -> Manifest:
    """The configuration files."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": restricted.metadata(CONFIG_NAME, COMPONENT),
        "data": at.files(),
    }


def mode() -> Manifest:
    """Whether pushes are taken. Its content is changed by the collection, and never put back by a deployment."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": restricted.metadata(MODE_NAME, COMPONENT),
        "data": {MODE_KEY: at.WRITABLE},
    }


def stateful_set(args: ImageRegistryArgs, checksum: str) -> Manifest:
    """The server.

    Args:
        args: Of the registry.
        checksum: Hash of its configuration, so that a new one restarts the pod.
    """
    mount = {"data": at.DATA, "config": at.CONFIGURATION, "accounts": at.ACCOUNTS, "tls": at.CERTIFICATE, "run": at.RUN}
    fixed = ("config", "accounts", "tls")
    mode_of_start = {
        "name": "MODE",
        "valueFrom": {"configMapKeyRef": {"name": MODE_NAME, "key": MODE_KEY}},
    }
    containers = [
        restricted.container(
            "pull",
            args["image"],
            _start("pull", "pull.yml"),
            mount,
            memory="512Mi",
            read_only=(*fixed, "data"),
            **_serving(labels.PORT_REGISTRY, at.METRICS_PULL, _certificate_is_old("pull")),
        ),
        restricted.container(
            PUSH,
            args["image"],
            _start(PUSH, "push-$MODE.yml"),
            mount | {"mode": at.MODE},
            memory="512Mi",
            read_only=(*fixed, "mode"),
            **_serving(
                labels.PORT_REGISTRY_PUSH,
                at.METRICS_PUSH,
                f'{_certificate_is_old(PUSH)} && test "$(cat {at.MODE}/{MODE_KEY})" = "$MODE"',
            ),
        ),
    ]
    for one in containers:
        one["env"] = [{"name": "OTEL_TRACES_EXPORTER", "value": "none"}]
    containers[1]["env"].append(mode_of_start)
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": REGISTRY_NAME}},
        {"name": "config", "configMap": {"name": CONFIG_NAME}},
        {"name": "mode", "configMap": {"name": MODE_NAME}},
        {"name": "accounts", "secret": {"secretName": ACCOUNTS_NAME, "defaultMode": 0o440}},
        {"name": "tls", "secret": {"secretName": args.get("tls_secret") or TLS_NAME, "defaultMode": 0o440}},
        {"name": "run", "emptyDir": {"sizeLimit": "1Mi"}},
    ]
    selected = restricted.selector(COMPONENT)
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": restricted.metadata(REGISTRY_NAME, COMPONENT),
        "spec": {
            "replicas": 1,
            "serviceName": REGISTRY_NAME,
            "revisionHistoryLimit": 2,
            "selector": {"matchLabels": selected},
            "template": {
                "metadata": {
                    "labels": labels.standard(REGISTRY_NAME, COMPONENT) | selected,
                    "annotations": {"slate.dev/configuration": checksum},
                },
                "spec": restricted.pod(
                    containers,
                    volumes,
                    pull_secret=args.get("pull_secret"),
                    terminationGracePeriodSeconds=60,
                ),
            },
        },
    }


def service(args: ImageRegistryArgs) -> Manifest:
    """The address that images are pulled from and pushed to."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": restricted.metadata(REGISTRY_NAME, COMPONENT),
        "spec": {
            "type": args.get("service") or "ClusterIP",
            "selector": restricted.selector(COMPONENT),
            "ports": [
                {"name": "pull", "port": labels.PORT_REGISTRY, "targetPort": "pull"},
                {"name": PUSH, "port": labels.PORT_REGISTRY_PUSH, "targetPort": PUSH},
            ],
        },
    }


def metrics_service() -> Manifest:
    """Where the platform's own namespace reads the metrics of both containers."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": restricted.metadata(f"{REGISTRY_NAME}-metrics", COMPONENT),
        "spec": {
            "clusterIP": "None",
            "selector": restricted.selector(COMPONENT),
            "ports": [
                {"name": "metrics-pull", "port": at.METRICS_PULL, "targetPort": "metrics-pull"},
                {"name": "metrics-push", "port": at.METRICS_PUSH, "targetPort": "metrics-push"},
            ],
        },
    }


def network_policy(args: ImageRegistryArgs) -> Manifest:
    """Nodes pull, builders push, the platform reads metrics; the registry itself reaches nothing."""
    return restricted.policy(
        REGISTRY_NAME,
        COMPONENT,
        [
            {"from": restricted.networks(args["pull_from"]), "ports": restricted.ports(labels.PORT_REGISTRY)},
            {"from": restricted.networks(args["push_from"]), "ports": restricted.ports(labels.PORT_REGISTRY_PUSH)},
            {"from": [restricted.PLATFORM], "ports": restricted.ports(at.METRICS_PULL, at.METRICS_PUSH)},
        ],
        [],
    )


def _start(name: str, file: str) -> list[str]:
    """Note the time of the start, which the certificate's is compared with, and serve."""
    serve = f'exec /bin/registry serve "{at.CONFIGURATION}/{file}"'
    return ["/bin/sh", "-c", f"touch {at.RUN}/{name} && {serve}"]


def _certificate_is_old(name: str) -> str:
    return f'test -z "$(find -L {at.CERTIFICATE}/tls.crt -newer {at.RUN}/{name})"'


def _serving(port: int, metrics: int, alive: str) -> dict[str, Any]:
    name = "pull" if port == labels.PORT_REGISTRY else PUSH
    answers = {"httpGet": {"path": "/", "port": name, "scheme": "HTTPS"}, "timeoutSeconds": 5}
    return {
        "ports": [
            {"name": name, "containerPort": port, "protocol": "TCP"},
            {"name": f"metrics-{name}", "containerPort": metrics, "protocol": "TCP"},
        ],
        "startupProbe": {**answers, "periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": {**answers, "periodSeconds": 10, "failureThreshold": 3},
        "livenessProbe": {
            "exec": {"command": ["/bin/sh", "-c", alive]},
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 2,
        },
    }
