"""The pod of a workspace: what runs, as whom, with which limits, and what it can write."""

from typing import Any

from components import labels
from components.scheduling import pod_scheduling
from components.workspace.args import WorkspaceArgs

HOME = "/home/workspace"
TOKEN_FOLDER = "/run/slate/token"  # noqa: S105 - a path
SSH_KEYS_FOLDER = "/run/slate/ssh"

HEALTH_CHECK = ("/opt/slate/bin/health-check", "--server")
"""Says that Python, package manager, prefix and home are as they must be, and that the servers answer."""

# One probe waits for long, so that a start of any length uses up few of the events that the kubelet may tell of a pod:
# the health check's word must still get through (docs/healing.md). Probes follow each other at once: the kubelet's very
# first one always comes before the container runs, and a whole period passes before the next.
STARTUP_SECONDS = 300
STARTUP_WAIT_SECONDS = 15
STARTUP_PERIOD_SECONDS = 1
START_CHECK = (*("/opt/conda/bin/python", "-I", "-S", "-B"), "/opt/slate/wait_for_server.py", str(STARTUP_WAIT_SECONDS))
"""Ends once JupyterLab answers."""

# A kernel that computes for hours must never be taken for dead: liveness gives up only after five minutes without
# any answer of the server, and it asks the server, not the kernel.
LIVENESS_SECONDS = 300
# A server that is given up answers no request to end either, so waiting for it as at a normal end gains nothing.
LIVENESS_GRACE_SECONDS = 10


def security_context(user_id: int) -> dict[str, Any]:
    """Identity of all processes: Pod Security `restricted`, and a home that is not re-labelled at each start."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user_id,
        "runAsGroup": user_id,
        "fsGroup": user_id,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container(args: WorkspaceArgs) -> dict[str, Any]:
    """The workspace's one container: JupyterLab and the SSH server."""
    scheduling = args["scheduling"]
    probe = {"httpGet": {"path": "/api", "port": "jupyter"}, "timeoutSeconds": 5}
    health = {"exec": {"command": list(HEALTH_CHECK)}, "timeoutSeconds": 10}
    data_sets = [
        {
            "name": f"data-{index}",
            "mountPath": item.get("mount_path") or f"/data/{item['name']}",
            "readOnly": True,
        }
        for index, item in enumerate(args.get("data_sets") or ())
    ]
    return {
        "name": "workspace",
        "image": args["image"],
        "imagePullPolicy": "IfNotPresent",
        "ports": [
            {"name": "jupyter", "containerPort": labels.PORT_JUPYTER, "protocol": "TCP"},
            {"name": "ssh", "containerPort": labels.PORT_SSH, "protocol": "TCP"},
            {"name": "activity", "containerPort": labels.PORT_ACTIVITY, "protocol": "TCP"},
        ],
        "env": [{"name": "HOME", "value": HOME}, {"name": "SLATE_WORKSPACE_HOST", "value": args["host"]}],
        "resources": {"requests": dict(scheduling["requests"]), "limits": dict(scheduling["limits"])},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
        },
        "startupProbe": {
            "exec": {"command": list(START_CHECK)},
            "timeoutSeconds": 2 * STARTUP_WAIT_SECONDS,  # its own end is what counts, also where it is short of time
            "periodSeconds": STARTUP_PERIOD_SECONDS,
            "failureThreshold": STARTUP_SECONDS // STARTUP_WAIT_SECONDS,
        },
        "readinessProbe": {**health, "periodSeconds": 15, "failureThreshold": 3},
        "livenessProbe": {
            **probe,
            "periodSeconds": 30,
            "failureThreshold": LIVENESS_SECONDS // 30,
            "terminationGracePeriodSeconds": LIVENESS_GRACE_SECONDS,
        },
        "volumeMounts": [
            {"name": labels.HOME_CLAIM, "mountPath": HOME},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a mount inside the container
            {"name": "run", "mountPath": "/run/user"},
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108
            {"name": "token", "mountPath": TOKEN_FOLDER, "readOnly": True},
            {"name": "ssh-keys", "mountPath": SSH_KEYS_FOLDER, "readOnly": True},
            *data_sets,
        ],
    }


def volumes(args: WorkspaceArgs) -> list[dict[str, Any]]:
    """Writable scratch that counts against the pod's limits, the secrets as files, and the data sets."""
    name = args["name"]
    disk = args["scheduling"]["limits"].get("ephemeral-storage")
    return [
        {"name": "tmp", "emptyDir": {"sizeLimit": disk} if disk else {}},
        {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        {
            "name": "shared-memory",
            "emptyDir": {"medium": "Memory", "sizeLimit": args["scheduling"]["shared_memory"]},
        },
        {
            "name": "token",
            "secret": {
                "secretName": labels.TOKENS_SECRET,
                "defaultMode": 0o440,
                "items": [{"key": name, "path": "token"}],
            },
        },
        {
            "name": "ssh-keys",
            "configMap": {
                "name": labels.SSH_KEYS_CONFIG_MAP,
                "defaultMode": 0o444,
                "items": [{"key": name, "path": "authorized_keys"}],
            },
        },
        *(
            {
                "name": f"data-{index}",
                "persistentVolumeClaim": {"claimName": item["claim"], "readOnly": True},
            }
            for index, item in enumerate(args.get("data_sets") or ())
        ),
    ]


def pod_spec(args: WorkspaceArgs) -> dict[str, Any]:
    """The pod's specification."""
    spec: dict[str, Any] = {
        **pod_scheduling(args["scheduling"]),
        "serviceAccountName": labels.SERVICE_ACCOUNT,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": security_context(int(args.get("user_id") or 1000)),
        "terminationGracePeriodSeconds": int(args.get("termination_grace_seconds") or 60),
        "containers": [container(args)],
        "volumes": volumes(args),
    }
    pull_secret = args.get("pull_secret")
    if pull_secret:
        spec["imagePullSecrets"] = [{"name": pull_secret}]
    return spec
