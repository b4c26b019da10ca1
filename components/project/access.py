"""Who may do what in a project, and how its workspaces are entered."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import pulumi
from pulumi import Input, Output

from components import labels
from components.objects import Manifest
from components.project.args import AccessArgs, ProjectArgs
from components.project.metadata import metadata

MINIMUM_SECRET = 32


def service_account(args: ProjectArgs) -> Manifest:
    """The account of the workspace pods: it has no rights, and no token is mounted."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(args, labels.SERVICE_ACCOUNT, "access"),
        "automountServiceAccountToken": False,
    }


def member_role(args: ProjectArgs) -> Manifest:
    """Looking only.

    No secrets, exec or port-forward, which lead into other people's workspaces, and no logs, in which a program may
    print what opens them (JupyterLab's start-up lines do).
    """
    looking = ["get", "list", "watch"]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": metadata(args, "member", "access"),
        "rules": [
            {
                "apiGroups": [""],
                "resources": [
                    "pods",
                    "events",
                    "services",
                    "persistentvolumeclaims",
                    "resourcequotas",
                    "limitranges",
                ],
                "verbs": looking,
            },
            {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": looking},
            {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": looking},
            {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": looking},
        ],
    }


def member_binding(args: ProjectArgs) -> Manifest | None:
    """The members' role; nothing if the project names no members."""
    members = args.get("members") or ()
    if not members:
        return None
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata(args, "member", "access"),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "member"},
        "subjects": [
            {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": member.get("kind") or "User",
                "name": member["name"],
            }
            for member in members
        ],
    }


def remediator_binding(args: ProjectArgs) -> Manifest | None:
    """The remediator's rights in this namespace and no other one; nothing if it is not to heal the project."""
    if not args.get("healed"):
        return None
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": metadata(args, labels.REMEDIATOR, "access"),
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": labels.REMEDIATOR_ROLE},
        "subjects": [
            {"kind": "ServiceAccount", "name": labels.REMEDIATOR, "namespace": labels.SYSTEM_NAMESPACE},
        ],
    }


def shared_service(args: ProjectArgs) -> Manifest:
    """The headless Service that gives each pod the name `<workspace>-0.workspaces.<namespace>.svc`.

    Not awaited: while all workspaces sleep it has no endpoints.
    """
    own = metadata(args, labels.SHARED_SERVICE, "access")
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**own, "annotations": {labels.SKIP_AWAIT: "true"}},
        "spec": {
            "clusterIP": "None",
            # A workspace that is not ready, whatever the reason, must be entered to be looked at.
            "publishNotReadyAddresses": True,
            "selector": dict(labels.workspace_selector(project=args["name"])),
            "ports": [
                {"name": "jupyter", "port": labels.PORT_JUPYTER, "targetPort": "jupyter"},
                {"name": "ssh", "port": labels.PORT_SSH, "targetPort": "ssh"},
            ],
        },
    }


def ssh_keys(args: ProjectArgs) -> Manifest:
    """Each workspace's authorized keys, a key of the map a workspace."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(args, labels.SSH_KEYS_CONFIG_MAP, "access"),
        "data": {access["workspace"]: _authorized_keys(access.get("ssh_keys") or ()) for access in args["access"]},
    }


def _authorized_keys(keys: Sequence[Input[str]]) -> Input[str]:
    """One line a key; keys that are known already make a plain text, which a preview can show."""
    if all(isinstance(key, str) for key in keys):
        return "".join(f"{key}\n" for key in keys)
    return Output.all(*keys).apply(lambda known: "".join(f"{key}\n" for key in known))


def derive_token(secret: str, project: str, workspace: str, generation: int) -> str:
    """A workspace's token: stable for the same secret, replaced by counting the generation up.

    HMAC-SHA-256 (RFC 2104) over an unambiguous text, as names contain no slash; 64 hexadecimal digits.
    """
    message = f"slate/token/{project}/{workspace}/{generation}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def tokens(args: ProjectArgs) -> Manifest:
    """The Secret with each workspace's token. Its data is one secret output, computed at once for all."""

    def data(secret: str) -> Mapping[str, str]:
        if len(secret) < MINIMUM_SECRET:
            raise pulumi.RunError(
                f"slate:tokenSecret has {len(secret)} characters, at least {MINIMUM_SECRET} are needed: "
                "openssl rand -hex 32 | pulumi config set --secret slate:tokenSecret"
            )
        return {access["workspace"]: _encoded(secret, args["name"], access) for access in args["access"]}

    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(args, labels.TOKENS_SECRET, "access"),
        "data": Output.secret(args["token_secret"]).apply(data),
    }


def _encoded(secret: str, project: str, access: AccessArgs) -> str:
    token = derive_token(secret, project, access["workspace"], int(access.get("token_generation") or 1))
    return base64.b64encode(token.encode()).decode()
