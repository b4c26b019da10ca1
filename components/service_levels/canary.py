"""`Canary`: a workspace that a job wakes, uses and puts to sleep, from the same components as a user's."""

import base64
import hashlib
import hmac
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_kubernetes as kubernetes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pulumi import Input, Output, ResourceOptions

from components import labels, restricted
from components.labels import CANARY as NAME
from components.objects import Manifest, check_keys, declare
from components.project import Project
from components.project.access import derive_token
from components.project.args import QuotaArgs
from components.workspace import Workspace

PROJECT = labels.CANARY_PROJECT
SECRETS = "/run/secrets/canary"
IMAGE_USER = 65532
"""The account of the platform's image: OpenSSH runs only as a user that the system knows."""


class CanaryArgs(TypedDict):
    """Inputs of `Canary`."""

    every_minutes: int
    """Minutes from one round to the next; they divide an hour."""
    image: Input[str]
    """Image of the platform's programs, by digest."""
    token_secret: Input[str]
    """The stack's secret, from which the workspace's token and the canary's SSH key are derived."""
    quota: QuotaArgs
    """What the workspace needs."""
    workspace: dict[str, Any]
    """Arguments of `Workspace`, but for the namespace."""
    start_deadline_seconds: NotRequired[int]
    """Time that a start may take (default 300)."""
    simulated: NotRequired[bool]
    """Whether its pool is simulated, so that it can only be woken (default false)."""
    at_rest: NotRequired[bool]
    """Declare the job without running it, where it runs beside the cluster (default false)."""
    pull_secret: NotRequired[str]
    """Name of the Secret for pulling images."""
    pull_configuration: NotRequired[Input[str]]
    """Docker's configuration with the account that pulls images."""


def ssh_key(secret: str) -> Ed25519PrivateKey:
    """The canary's key: stable for the same secret, and of no use for any other workspace."""
    message = f"slate/ssh/{PROJECT}/{NAME}".encode()
    return Ed25519PrivateKey.from_private_bytes(hmac.new(secret.encode(), message, hashlib.sha256).digest())


def public_line(secret: str) -> str:
    """The key as a line of authorized_keys."""
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return ssh_key(secret).public_key().public_bytes(encoding, form).decode() + f" {NAME}"


def secret_files(secret: str, generation: int = 1) -> dict[str, str]:
    """The Secret's data: the workspace's token, and the private key."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH
    private = ssh_key(secret).private_bytes(encoding, form, serialization.NoEncryption())
    token = derive_token(secret, PROJECT, NAME, generation)
    return {
        "token": base64.b64encode(token.encode()).decode(),
        "ssh-key": base64.b64encode(_stable(private)).decode(),
    }


def _stable(private: bytes) -> bytes:
    """The key's file with its random check number replaced: the same key must be the same file at each deployment.

    Source: OpenSSH, PROTOCOL.key: the private section begins with one number, twice.
    """
    lines = private.decode().splitlines()
    content = bytearray(base64.b64decode("".join(lines[1:-1])))
    start = content.rindex(b"\x00\x00\x00\x0bssh-ed25519") - 8
    content[start : start + 8] = bytes(8)
    encoded = base64.b64encode(bytes(content)).decode()
    body = "\n".join(encoded[index : index + 70] for index in range(0, len(encoded), 70))
    return f"{lines[0]}\n{body}\n{lines[-1]}\n".encode()


def service_account() -> Manifest:
    """The account of the job."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": restricted.metadata(NAME, NAME),
        "automountServiceAccountToken": False,
    }


def role() -> Manifest:
    """No more than waking this one workspace and looking at its pod."""
    scale = {"resources": ["statefulsets/scale"], "resourceNames": [NAME], "verbs": ["patch"]}
    pod = {"apiGroups": [""], "resources": ["pods"], "resourceNames": [f"{NAME}-0"], "verbs": ["get"]}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": _inside(NAME),
        "rules": [{"apiGroups": ["apps"], **scale}, pod],
    }


def role_binding() -> Manifest:
    """Gives the job its rights in the canary's namespace."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": _inside(NAME),
        "roleRef": {"apiGroup": group, "kind": "Role", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": labels.SYSTEM_NAMESPACE}],
    }


def command(args: CanaryArgs) -> list[str]:
    """Module of the program and its arguments."""
    deadline = ["--start-deadline-seconds", str(int(args.get("start_deadline_seconds", 300)))]
    where = ["--namespace", labels.namespace_of(PROJECT), "--workspace", NAME]
    files = ["--workspace-token", f"{SECRETS}/token", "--ssh-key", f"{SECRETS}/ssh-key"]
    return ["service_levels", "canary", *where, *deadline, *(["--simulated"] if args.get("simulated") else files)]


def cron_job(args: CanaryArgs) -> Manifest:
    """The rounds. One that fails is not repeated: the next one is soon, and the failure is what is to be seen."""
    container = restricted.program(
        "canary",
        args["image"],
        command(args),
        {"token": restricted.TOKEN, "canary": SECRETS},
        memory="128Mi",
        cpu="20m",
        read_only=("token", "canary"),
    )
    volume = {"name": "canary", "secret": {"secretName": NAME, "defaultMode": 0o440}}
    spec = restricted.pod(
        [container],
        [restricted.scratch("16Mi"), restricted.account_token(), volume],
        pull_secret=args.get("pull_secret"),
        user_id=IMAGE_USER,
        serviceAccountName=NAME,
        restartPolicy="Never",
    )
    minutes = int(args["every_minutes"])
    schedule = f"*/{minutes} * * * *" if minutes < 60 else "0 * * * *"
    return restricted.cron_job(
        NAME, NAME, schedule, 0, spec, suspend=bool(args.get("at_rest")), deadline_seconds=minutes * 60
    )


def network_policy() -> Manifest:
    """It reaches DNS, the API server, whose address differs, and the canary's workspace."""
    own = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": labels.namespace_of(PROJECT)}}}
    workspace = {"to": [own], "ports": restricted.ports(labels.PORT_JUPYTER, labels.PORT_SSH)}
    return restricted.policy(NAME, NAME, [], [restricted.dns(), restricted.api_server(), workspace])


def secret(args: CanaryArgs) -> Manifest:
    """What the job enters the workspace with."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": restricted.metadata(NAME, NAME),
        "data": Output.secret(args["token_secret"]).apply(secret_files),
    }


def _inside(name: str) -> dict[str, Any]:
    """Metadata of an object in the canary's own namespace."""
    return {
        "name": name,
        "namespace": labels.namespace_of(PROJECT),
        "labels": labels.standard(name, NAME, project=PROJECT),
    }


class Canary(pulumi.ComponentResource):
    """The canary's namespace, its workspace, and the job that uses it.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    def __init__(self, name: str, args: CanaryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:Canary", name, {}, opts)
        check_keys(f"Canary {name!r}", args, CanaryArgs)
        child = ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        public = Output.unsecret(Output.from_input(args["token_secret"]).apply(public_line))
        project = {
            "name": PROJECT,
            "quota": args["quota"],
            "token_secret": args["token_secret"],
            "access": [{"workspace": NAME, "ssh_keys": [public]}],
            "protected": False,
        }
        if "pull_configuration" in args:
            project["pull_configuration"] = args["pull_configuration"]
        made = Project(PROJECT, cast(Any, project), child)
        inside = ResourceOptions(parent=self, depends_on=[made])
        own = {**args["workspace"], "namespace": made.namespace, "state": "asleep"}
        Workspace(f"{NAME}--{PROJECT}", cast(Any, own), ResourceOptions(parent=made))
        rbac = kubernetes.rbac.v1
        needed: list[pulumi.Resource] = [
            declare(kubernetes.core.v1.ServiceAccount, name, service_account(), child),
            declare(kubernetes.core.v1.Secret, name, secret(args), child),
            declare(rbac.Role, name, role(), inside),
            declare(rbac.RoleBinding, name, role_binding(), inside),
            declare(kubernetes.networking.v1.NetworkPolicy, name, network_policy(), child),
        ]
        after = ResourceOptions(parent=self, depends_on=needed)
        declare(kubernetes.batch.v1.CronJob, name, cron_job(args), after)
        self.register_outputs({})
