"""Fast start: placeholders that hold room for the next workspace, and images pulled ahead of need."""

from collections.abc import Sequence
from typing import Any

from pulumi import Input

from components import labels
from components.node_pool.args import NodePoolArgs
from components.node_pool.contract import contract
from components.objects import Manifest
from components.scheduling import pod_scheduling

PRIORITY_PLACEHOLDER = "slate-placeholder"
DEFAULT_PAUSE_IMAGE = "registry.k8s.io/pause:3.10"
_SMALL = {"cpu": "10m", "memory": "32Mi", "ephemeral-storage": "64Mi"}

SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 65534,
    "runAsGroup": 65534,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _image(args: NodePoolArgs) -> Input[str]:
    return args.get("pause_image") or DEFAULT_PAUSE_IMAGE


def _pull_secrets(args: NodePoolArgs) -> dict[str, Any]:
    secret = args.get("pull_secret")
    return {"imagePullSecrets": [{"name": secret}]} if secret else {}


def _container(name: str, image: Input[str], resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "resources": {"requests": resources, "limits": resources},
        "securityContext": SECURITY,
        **more,
    }


def _metadata(args: NodePoolArgs, role: str) -> dict[str, Any]:
    return {
        "name": f"{role}-{args['name']}",
        "namespace": args.get("namespace") or labels.SYSTEM_NAMESPACE,
        "labels": labels.standard(args["name"], role, pool=args["name"]),
    }


def _selector(args: NodePoolArgs, role: str) -> dict[str, str]:
    return {labels.COMPONENT: role, labels.POOL: args["name"]}


def placeholders(args: NodePoolArgs) -> Manifest | None:
    """A Deployment of pods that do nothing, with the size of a workspace and a priority below everything else.

    A workspace that needs the room preempts one at once; the placeholder then waits, and makes an autoscaler add
    a node. Not awaited: that the last of them is pending is its purpose.
    """
    warm = args.get("warm")
    if not warm or not int(warm["spare"]):
        return None
    scheduling = contract(args, warm["profile"])
    placement = pod_scheduling(scheduling) | {"priorityClassName": PRIORITY_PLACEHOLDER}
    metadata = _metadata(args, "placeholder")
    selector = _selector(args, "placeholder")
    container = _container("placeholder", _image(args), dict(scheduling["requests"]))
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**metadata, "annotations": {labels.SKIP_AWAIT: "true"}},
        "spec": {
            "replicas": int(warm["spare"]),
            "revisionHistoryLimit": 1,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {"labels": {**metadata["labels"], **selector}},
                "spec": {
                    **placement,
                    **_pull_secrets(args),
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": 0,
                    "containers": [container],
                },
            },
        },
    }


def pre_pull(args: NodePoolArgs) -> Manifest | None:
    """A DaemonSet that pulls images on each node of the pool, one init container an image.

    Not awaited: a node that comes or goes must not hold up a deployment.
    """
    images: Sequence[Input[str]] = args.get("pre_pull") or ()
    if not images:
        return None
    scheduling = contract(args, args["profiles"][0]["name"])
    metadata = _metadata(args, "pre-pull")
    selector = _selector(args, "pre-pull")
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {**metadata, "annotations": {labels.SKIP_AWAIT: "true"}},
        "spec": {
            "revisionHistoryLimit": 1,
            "selector": {"matchLabels": selector},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "100%"}},
            "template": {
                "metadata": {"labels": {**metadata["labels"], **selector}},
                "spec": {
                    **_pull_secrets(args),
                    "nodeSelector": dict(scheduling["node_selector"]),
                    "tolerations": [dict(toleration) for toleration in scheduling["tolerations"]],
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": 0,
                    "initContainers": [
                        _container(f"image-{index}", image, dict(_SMALL), command=["/bin/true"])
                        for index, image in enumerate(images)
                    ],
                    "containers": [_container("pause", _image(args), dict(_SMALL))],
                },
            },
        },
    }
