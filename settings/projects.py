"""Projects: who belongs to them, what they may use, and their workspaces."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import FLAG, NOT_EMPTY, Model, Rule, choice, text, whole
from settings.errors import Refusal
from settings.labels import LabelValue
from settings.names import DnsLabel, ObjectName, ProjectName, WorkspaceName
from settings.quantity import Cpu, Size
from settings.references import MountPath, NetworkRange
from settings.ssh_keys import SshKey
from settings.workspace_defaults import AFTER_MINUTES, WARN_MINUTES, State


def subject(value: object) -> str:
    """Accepts the name of a user or group as the cluster's authentication reports it.

    Raises:
        Refusal: When it is empty or belongs to Kubernetes itself, as system:authenticated does (everybody).
    """
    name = text(value)
    if not name.strip() or not name.isprintable() or name != name.strip():
        raise Refusal("is empty or holds spaces or control characters at its ends", "write the name alone")
    if name.startswith("system:"):
        raise Refusal("belongs to Kubernetes itself, not to a person or team", "name a user or group of yours")
    if len(name) > 253:
        raise Refusal("has more than 253 characters", "shorten it")
    return name


class Member(Model):
    """A person or team who may see the project in the cluster (no secrets, no exec)."""

    name: Annotated[str, Rule(subject, "text", "the name of a user or group, not system:...", {"type": "string"})] = (
        Field(description="Name as the cluster's authentication reports it.")
    )
    kind: Annotated[Literal["User", "Group"], choice("User", "Group")] = Field(
        default="User", description="Whether the name is a user's or a group's."
    )


class Quota(Model):
    """What all workspaces of the project may use together, awake or asleep."""

    cpu: Cpu = Field(description="CPUs (sum of the profiles' `cpu`).")
    memory: Size = Field(description="Bytes of memory (sum of the profiles' `memory`).")
    storage: Size = Field(description="Bytes of home volumes, plus those of data sets' claims.")
    ephemeral_storage: Size = Field(description="Bytes of local disk (sum of the profiles' `ephemeralStorage`).")
    gpus: Annotated[int, whole(0, 10000, "devices")] = Field(default=0, description="GPUs or MIG partitions.")
    workspaces: Annotated[int, whole(0, 10000, "workspaces")] = Field(description="Number of workspaces.")


class DataSet(Model):
    """Shared data, mounted read-only in every workspace of the project."""

    name: DnsLabel = Field(description="Name of the data set; unique in the project.")
    claim: ObjectName = Field(description="Existing PersistentVolumeClaim in the project's namespace.")
    mount_path: MountPath | None = Field(default=None, description="Where it is mounted; `/data/<name>` if absent.")

    @property
    def path(self) -> str:
        """Where it is mounted."""
        return self.mount_path or f"/data/{self.name}"


class Egress(Model):
    """A place outside that the project's workspaces may reach."""

    cidr: NetworkRange = Field(description="Network range.")
    ports: tuple[Annotated[int, whole(1, 65535)], ...] = Field(
        json_schema_extra=NOT_EMPTY, description="TCP ports; at least one."
    )


class IdleOverride(Model):
    """A workspace's own idle rule; what is absent comes from `workspaceDefaults.idle`."""

    after_minutes: Annotated[int, AFTER_MINUTES] | None = Field(
        default=None, description="Minutes without interaction or work before the workspace sleeps."
    )
    warn_minutes: Annotated[int, WARN_MINUTES] | None = Field(
        default=None, description="Minutes before that at which its user is warned; 0 for no warning."
    )


class Workspace(Model):
    """One person's workspace."""

    name: WorkspaceName = Field(description="Name; unique in the project, part of the host name.")
    user: LabelValue = Field(description="The person it belongs to.")
    profile: DnsLabel | None = Field(default=None, description="Size; `workspaceDefaults.profile` if absent.")
    pool: DnsLabel | None = Field(default=None, description="Node pool; the only pool with the profile if absent.")
    environment: DnsLabel | None = Field(default=None, description="Environment; the project's if absent.")
    home_size: Size | None = Field(
        default=None, description="Bytes of the home volume. It can grow later, never shrink."
    )
    storage_class: ObjectName | None = Field(default=None, description="StorageClass of the home volume.")
    idle: IdleOverride = Field(default_factory=IdleOverride, description="Its own idle rule.")
    state: State | None = Field(default=None, description="State in which it is made: awake or asleep.")
    ssh_keys: tuple[SshKey, ...] = Field(default=(), description="Public keys that may log in over SSH.")
    token_generation: Annotated[int, whole(1, 2**31 - 1)] = Field(
        default=1, description="Raise it by one to replace the workspace's access token."
    )


class Project(Model):
    """A team: a namespace with its members, limits and workspaces."""

    name: ProjectName = Field(description="Name; unique. The namespace is `ws-<name>`.")
    members: tuple[Member, ...] = Field(default=(), description="Who may see the project in the cluster.")
    quota: Quota = Field(description="What its workspaces may use together.")
    environment: DnsLabel | None = Field(
        default=None, description="Environment of its workspaces; `workspaceDefaults.environment` if absent."
    )
    data_sets: tuple[DataSet, ...] = Field(default=(), description="Shared data, mounted read-only.")
    egress: tuple[Egress, ...] = Field(
        default=(), description="Places outside that its workspaces may reach, besides DNS and the conda mirror."
    )
    protected: Annotated[bool, FLAG] = Field(
        default=True, description="Whether `pulumi up` refuses to delete the project; set it to false first."
    )
    workspaces: tuple[Workspace, ...] = Field(default=(), description="The project's workspaces.")
