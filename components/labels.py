"""Labels, annotations and fixed names that the rest of the system relies on (see docs/components.md)."""

from collections.abc import Mapping

PROJECT = "slate.dev/project"
WORKSPACE = "slate.dev/workspace"
USER = "slate.dev/user"
POOL = "slate.dev/pool"

IDLE_AFTER_MINUTES = "slate.dev/idle-after-minutes"
IDLE_WARN_MINUTES = "slate.dev/idle-warn-minutes"
HOME_SIZE = "slate.dev/home-size"

GUARDRAILS = "slate.dev/guardrails"
"""By this label of a namespace the API server applies the rules of policies/: `tenant` or `platform`."""

SKIP_AWAIT = "pulumi.com/skipAwait"
PATCH_FORCE = "pulumi.com/patchForce"

PART_OF = "app.kubernetes.io/part-of"
COMPONENT = "app.kubernetes.io/component"

SYSTEM_NAMESPACE = "slate-system"

POD_SECURITY_VERSION = "v1.36"
"""The version whose `restricted` profile is enforced; pinned, so that a cluster upgrade never changes it silently."""

SHARED_SERVICE = "workspaces"
TOKENS_SECRET = "workspace-tokens"  # noqa: S105 - the name of a Secret, not its content
SSH_KEYS_CONFIG_MAP = "workspace-ssh-keys"
SERVICE_ACCOUNT = "workspace"
HOME_CLAIM = "home"
ACCOUNT = "aiuser"
"""The account in the image that everything in a workspace runs as (images/workspace)."""

PULL_SECRET = "registry-pull"  # noqa: S105 - the name of a Secret

CANARY = "canary"
"""Name of the canary's workspace, and of its job and account in the platform's namespace."""
CANARY_PROJECT = "slate-canary"
"""The canary's project; no stack's settings can name one so."""
REMEDIATOR = "remediator"
"""Name of the remediator, and of its account in the platform's namespace."""
REMEDIATOR_ROLE = "slate-remediator"
"""ClusterRole of what the remediator may do in a project."""

PORT_JUPYTER = 8888
PORT_SSH = 2222
PORT_ACTIVITY = 9912
PORT_MIRROR = 8100
PORT_REGISTRY = 5000
PORT_REGISTRY_PUSH = 5001


def standard(name: str, component: str, **slate: str) -> dict[str, str]:
    """The recommended `app.kubernetes.io/*` labels, and Slate's own.

    Args:
        name: Instance name, such as the workspace or the project.
        component: Role of the object, such as `workspace` or `node-pool`.
        **slate: `slate.dev/` labels by their last part, such as `project="vision"`.
    """
    labels = {
        "app.kubernetes.io/name": "slate",
        "app.kubernetes.io/instance": name,
        COMPONENT: component,
        PART_OF: "slate",
        "app.kubernetes.io/managed-by": "pulumi",
    }
    return labels | {f"slate.dev/{key}": value for key, value in slate.items()}


def workspace_selector(**slate: str) -> Mapping[str, str]:
    """Labels that select workspace pods; they must never change, since selectors are immutable."""
    return {COMPONENT: "workspace"} | {f"slate.dev/{key}": value for key, value in slate.items()}


def guarded(side: str) -> dict[str, str]:
    """Labels of a namespace that is guarded: by our own rules, and by Pod Security `restricted`, pinned to one version.

    Args:
        side: `tenant` for projects, `platform` for the platform's own namespace.

    Source: Kubernetes documentation, "Pod Security Admission".
    """
    labels = {GUARDRAILS: side}
    for mode in ("enforce", "audit", "warn"):
        labels[f"pod-security.kubernetes.io/{mode}"] = "restricted"
        labels[f"pod-security.kubernetes.io/{mode}-version"] = POD_SECURITY_VERSION
    return labels


def namespace_of(project: str) -> str:
    """The namespace of a project."""
    return project if project == CANARY_PROJECT else f"ws-{project}"
