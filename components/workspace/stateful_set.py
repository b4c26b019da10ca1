"""The StatefulSet of a workspace, and the growth of its home."""

from typing import Any

from components import labels
from components.objects import Manifest, present
from components.workspace.args import WorkspaceArgs
from components.workspace.pod import pod_spec

STATES = ("awake", "asleep")


def workspace_labels(args: WorkspaceArgs) -> dict[str, str]:
    """Labels of the StatefulSet and its pod."""
    return labels.standard(
        args["name"],
        "workspace",
        project=args["project"],
        workspace=args["name"],
        user=args["user"],
        pool=args["scheduling"]["pool"],
        environment=args["environment"],
    )


def home_labels(args: WorkspaceArgs) -> dict[str, str]:
    """Labels of the home; the user's is what a later workspace of the same name is checked against.

    The StatefulSet controller puts the selector's labels over them, so they must not contradict those.
    """
    return labels.standard(
        args["name"], "workspace", project=args["project"], workspace=args["name"], user=args["user"]
    )


def home_claim(args: WorkspaceArgs) -> dict[str, Any]:
    """The claim template of the home."""
    return {
        "metadata": {"name": labels.HOME_CLAIM, "labels": home_labels(args)},
        "spec": present(
            {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": args["home_size"]}},
                "storageClassName": args.get("storage_class"),
            }
        ),
    }


def stateful_set(args: WorkspaceArgs) -> Manifest:
    """One StatefulSet with one pod, or none while asleep.

    `spec.replicas` is given only as the initial 0; the `/scale` subresource alone moves it afterwards. With
    `OnDelete` an update never restarts a running workspace: the next start takes it. A deployment does not wait
    for the pod (`skipAwait`): one user's broken workspace must not fail the platform's deployment, and the
    service level has its own measurement of starts.

    Raises:
        ValueError: The state is neither `awake` nor `asleep`.
    """
    state = args.get("state") or "awake"
    if state not in STATES:
        raise ValueError(f"Workspace {args['name']!r}: unknown state {state!r}; allowed: {', '.join(STATES)}")
    selector = dict(labels.workspace_selector(project=args["project"], workspace=args["name"]))
    annotations = {
        labels.SKIP_AWAIT: "true",
        labels.IDLE_AFTER_MINUTES: str(int(args.get("idle_after_minutes", 30))),
        labels.IDLE_WARN_MINUTES: str(int(args.get("idle_warn_minutes", 5))),
    }
    spec: dict[str, Any] = {
        "replicas": 0 if state == "asleep" else None,
        "serviceName": labels.SHARED_SERVICE,
        "podManagementPolicy": "Parallel",
        "revisionHistoryLimit": 2,
        "selector": {"matchLabels": selector},
        "updateStrategy": {"type": "OnDelete"},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "template": {
            "metadata": {
                "labels": workspace_labels(args),
                "annotations": dict(args["scheduling"]["pod_annotations"]),
            },
            "spec": pod_spec(args),
        },
        "volumeClaimTemplates": [home_claim(args)],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": args["name"],
            "namespace": args["namespace"],
            "labels": workspace_labels(args),
            "annotations": annotations,
        },
        "spec": present(spec),
    }


def grown_claim(args: WorkspaceArgs) -> Manifest:
    """The part of the existing home claim that makes it grow.

    Its size was written by the StatefulSet controller, so taking it over needs force. The annotation records that
    the claim's size is Pulumi's since, so that the patch stays declared. Not awaited: of a storage class that binds on
    first use the provider expects a claim that is still pending, which one in use never is again.
    """
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": f"{labels.HOME_CLAIM}-{args['name']}-0",
            "namespace": args["namespace"],
            "annotations": {
                labels.HOME_SIZE: args["home_size"],
                labels.PATCH_FORCE: "true",
                labels.SKIP_AWAIT: "true",
            },
        },
        "spec": {"resources": {"requests": {"storage": args["home_size"]}}},
    }
