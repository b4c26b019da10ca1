"""Inputs of `Project`."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from pulumi import Input


class MemberArgs(TypedDict):
    """Somebody who may look at the project's objects."""

    name: str
    """User or group, as the cluster's authentication names it."""
    kind: NotRequired[str]
    """`User` (default) or `Group`."""


class QuotaArgs(TypedDict):
    """What the project may use in all."""

    cpu: str
    """Cores requested by running workspaces."""
    memory: str
    """Memory of running workspaces."""
    ephemeral_storage: str
    """Node disk of running workspaces."""
    storage: str
    """Homes, also those of sleeping and removed workspaces."""
    gpus: NotRequired[int]
    """Accelerators (default 0)."""
    workspaces: int
    """Number of workspaces."""


class DataSetArgs(TypedDict):
    """An existing volume that the project's workspaces mount read-only."""

    name: str
    """Name, a DNS label."""
    claim: str
    """Name of an existing PersistentVolumeClaim in the project's namespace (ReadOnlyMany or ReadWriteMany)."""
    mount_path: NotRequired[str]
    """Where it is mounted (default `/data/<name>`)."""


class EgressArgs(TypedDict):
    """A network that the project's workspaces may reach."""

    cidr: str
    """IPv4 or IPv6 network."""
    ports: NotRequired[Sequence[int]]
    """TCP ports (default all)."""


class AccessArgs(TypedDict):
    """How one workspace is entered."""

    workspace: str
    """Name of the workspace."""
    ssh_keys: NotRequired[Sequence[Input[str]]]
    """Public keys, one authorized_keys line each."""
    token_generation: NotRequired[int]
    """Count up to replace the workspace's token (default 1)."""


class ProjectArgs(TypedDict):
    """Inputs of `Project`."""

    name: str
    """Name of the project, a DNS label; its namespace is `ws-<name>`."""
    quota: QuotaArgs
    """What the project may use in all."""
    token_secret: Input[str]
    """The stack's secret, from which each workspace's token is derived; at least 32 characters."""
    access: Sequence[AccessArgs]
    """Keys and token generation of each workspace."""
    members: NotRequired[Sequence[MemberArgs]]
    """Who may look at the project's objects."""
    accelerator_resources: NotRequired[Sequence[str]]
    """Extended resources of the cluster's pools, each capped by the quota's `gpus`."""
    data_sets: NotRequired[Sequence[DataSetArgs]]
    """Volumes shared read-only."""
    egress: NotRequired[Sequence[EgressArgs]]
    """Networks that workspaces may reach besides DNS and the platform."""
    pull_configuration: NotRequired[Input[str]]
    """Docker's configuration with the account that pulls images; becomes the Secret `registry-pull`."""
    healed: NotRequired[bool]
    """Let the platform's remediator replace pods that are down and do not come back (default false)."""
    protected: NotRequired[bool]
    """Refuse to delete the namespace, and with it the homes (default true)."""
