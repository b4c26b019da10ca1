"""Collecting unused data, safely against pushes: read-only first, then collect, then writable again.

Distribution's collector must not run beside uploads ("stop-the-world"): it would delete the layers of an image whose
manifest has not arrived yet. The switch is the ConfigMap `registry-mode`; the container that takes pushes restarts with
it, and only when that has happened does the collector begin. Every image is tagged by the hash of what is in it and
stays, so `--delete-untagged` takes only what a second push of a tag has displaced, and uploads that were given up.
"""

from pulumi import Input

from components import labels, restricted
from components.addresses import REGISTRY_NAME
from components.objects import Manifest
from components.registry import configuration as at
from components.registry.args import ImageRegistryArgs
from components.registry.server import COMPONENT, CONFIG_NAME, MODE_NAME, PUSH

NAME = "registry-collection"
POD = f"{REGISTRY_NAME}-0"
RESULT = "/run/collection/result"
LONGEST_SECONDS = 6 * 3600


def service_account() -> Manifest:
    """The account of the switch."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": restricted.metadata(NAME, COMPONENT),
        "automountServiceAccountToken": False,
    }


def role() -> Manifest:
    """No more than the switch needs: one ConfigMap to change, one pod to look at."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": restricted.metadata(NAME, COMPONENT),
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["configmaps"],
                "resourceNames": [MODE_NAME],
                "verbs": ["get", "patch"],
            },
            {"apiGroups": [""], "resources": ["pods"], "resourceNames": [POD], "verbs": ["get"]},
        ],
    }


def role_binding() -> Manifest:
    """Gives the switch its rights."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": restricted.metadata(NAME, COMPONENT),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": labels.SYSTEM_NAMESPACE}],
    }


def network_policy() -> Manifest:
    """The switch reaches the API server and DNS."""
    return restricted.policy(NAME, NAME, [], [restricted.dns(), restricted.api_server()])


def cron_job(args: ImageRegistryArgs, switch_image: Input[str]) -> Manifest:
    """The collection.

    The collector's own failure does not end the pod: its result is kept in a file, so that the last step runs in any
    case and pushes are taken again. A pod that is lost on the way is made again and goes through all three steps.
    """
    switch = {"run": "/run/collection", "token": restricted.TOKEN}
    collector = (
        f"timeout {LONGEST_SECONDS} /bin/registry garbage-collect --delete-untagged {at.CONFIGURATION}/collect.yml; "
        f"echo $? > {RESULT}"
    )
    read_only = restricted.program(
        at.READ_ONLY,
        switch_image,
        _switch(at.READ_ONLY),
        switch,
        memory="128Mi",
        read_only=("token",),
    )
    collect = restricted.container(
        "collect",
        args["image"],
        ["/bin/sh", "-c", collector],
        {"data": at.DATA, "config": at.CONFIGURATION, "run": "/run/collection"},
        memory="1Gi",
        read_only=("config",),
        env=[{"name": "OTEL_TRACES_EXPORTER", "value": "none"}],
    )
    writable = restricted.program(
        at.WRITABLE,
        switch_image,
        [*_switch(at.WRITABLE), "--result", RESULT],
        switch,
        memory="128Mi",
        read_only=("token",),
    )
    spec = restricted.pod(
        [writable],
        [
            {"name": "data", "persistentVolumeClaim": {"claimName": REGISTRY_NAME}},
            {"name": "config", "configMap": {"name": CONFIG_NAME}},
            {"name": "run", "emptyDir": {"sizeLimit": "1Mi"}},
            restricted.scratch("16Mi"),
            restricted.account_token(),  # for the two switches: the collector does not get it
        ],
        pull_secret=args.get("pull_secret"),
        serviceAccountName=NAME,
        restartPolicy="Never",
        initContainers=[read_only, collect],
        affinity=restricted.beside(COMPONENT),
    )
    return restricted.cron_job(NAME, COMPONENT, args.get("collect") or "0 2 * * 0", 5, spec)


def _switch(mode: str) -> list[str]:
    where = ["--namespace", labels.SYSTEM_NAMESPACE, "--config-map", MODE_NAME, "--pod", POD, "--container", PUSH]
    return ["registry_maintenance", mode, *where]
