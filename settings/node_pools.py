"""Node pools: what the nodes are (shape, accelerator), how many, and which sizes of workspace they offer."""

from typing import Annotated, Literal

from pydantic import Field

from settings.accelerators import Accelerator
from settings.backends import Backend
from settings.base import FLAG, NOT_EMPTY, Model, choice, whole
from settings.labels import LabelKey, LabelValue, OwnLabelKey
from settings.names import DnsLabel, PoolName
from settings.quantity import Cpu, CpuOrZero, Size, SizeOrZero
from settings.references import ImageReference
from settings.schedule import Cron, Duration, Minutes

_NODES = whole(0, 5000, "nodes")


class Reserved(Model):
    """What the system and the platform use on each node; workspaces get the rest."""

    cpu: CpuOrZero = Field(default="0", description="CPUs.")
    memory: SizeOrZero = Field(default="0", description="Bytes of memory.")
    ephemeral_storage: SizeOrZero = Field(default="0", description="Bytes of local disk.")


class Shape(Model):
    """The size of one node."""

    cpu: Cpu = Field(description="CPUs of a node.")
    memory: Size = Field(description="Bytes of memory of a node.")
    ephemeral_storage: Size = Field(description="Bytes of local disk of a node, for container layers and scratch.")
    pods: Annotated[int, whole(1, 1000, "pods")] = Field(default=110, description="Pods that a node takes at most.")
    architecture: Annotated[Literal["amd64", "arm64"], choice("amd64", "arm64")] = Field(
        default="amd64", description="Processor architecture."
    )
    reserved: Reserved = Field(default_factory=Reserved, description="Part of a node that workspaces cannot use.")


class NodeCount(Model):
    """How many nodes: either `fixed`, or `min` and `max`."""

    fixed: Annotated[int, _NODES] | None = Field(default=None, description="Always this many nodes.")
    min: Annotated[int, _NODES] | None = Field(
        default=None, description="At least this many nodes (0 with `max` alone)."
    )
    max: Annotated[int, _NODES] | None = Field(default=None, description="At most this many nodes.")

    @property
    def least(self) -> int:
        """The fewest nodes that the pool may have."""
        return self.fixed if self.fixed is not None else self.min or 0

    @property
    def most(self) -> int:
        """The most nodes that the pool may have."""
        return self.fixed if self.fixed is not None else self.max or 0


class Freeze(Model):
    """A recurring time in which no node is removed."""

    schedule: Cron = Field(description="When it begins (UTC).")
    duration: Minutes = Field(description="How long it lasts.")


class Disruption(Model):
    """When nodes may go away. Nodes with a running workspace are never taken to save cost."""

    consolidate_after: Duration = Field(default="15m", description="How long a node stays empty before it is removed.")
    termination_grace_period: Duration | None = Field(
        default=None,
        description="Time after which a node that is being replaced is drained by force, running workspaces included; "
        "never if absent.",
    )
    freeze: tuple[Freeze, ...] = Field(default=(), description="Times in which no node is removed.")


class Warm(Model):
    """Room kept free, so that a workspace starts without waiting for a node."""

    spare: Annotated[int, whole(0, 1000, "workspaces")] = Field(description="How many workspaces find room at once.")
    profile: DnsLabel = Field(description="Of which profile of this pool.")


class Profile(Model):
    """A size of workspace that the pool offers."""

    name: DnsLabel = Field(description="Name that workspaces choose it by; unique in the pool.")
    cpu: Cpu = Field(description="CPUs that a workspace is guaranteed.")
    cpu_limit: Cpu | None = Field(
        default=None, description="CPUs that a workspace may use when they are free; `cpu` if absent."
    )
    memory: Size = Field(description="Bytes of memory, guaranteed and at most.")
    ephemeral_storage: Size = Field(default="10Gi", description="Bytes of local disk for scratch files.")
    shared_memory: Size = Field(default="1Gi", description="Bytes of `/dev/shm`, out of `memory`; at most half of it.")
    gpus: Annotated[int, whole(0, 64, "devices")] = Field(
        default=0, description="Devices of the pool's accelerator; at least 1 on a GPU pool, 0 elsewhere."
    )

    @property
    def cpu_at_most(self) -> str:
        """The CPU limit: `cpuLimit`, else `cpu`."""
        return self.cpu_limit or self.cpu


class Taint(Model):
    """A taint of the pool's nodes; workspaces of the pool tolerate it."""

    key: LabelKey = Field(description="Key of the taint.")
    value: LabelValue | None = Field(default=None, description="Value of the taint.")
    effect: Annotated[
        Literal["NoSchedule", "PreferNoSchedule", "NoExecute"], choice("NoSchedule", "PreferNoSchedule", "NoExecute")
    ] = Field(description="What happens to pods that do not tolerate it.")


class NodePool(Model):
    """Nodes of one kind, and the profiles that workspaces choose from."""

    name: PoolName = Field(description="Name of the pool; unique.")
    backend: Backend = Field(description="How the nodes come to be; `type` selects one of four.")
    shape: Shape = Field(description="The size of one node.")
    accelerator: Accelerator | None = Field(default=None, description="GPUs of each node; makes this a GPU pool.")
    size: NodeCount = Field(description="How many nodes.")
    zones: tuple[LabelValue, ...] = Field(default=(), description="Zones that nodes may lie in; any if absent.")
    disruption: Disruption = Field(default_factory=Disruption, description="When nodes may go away.")
    warm: Warm | None = Field(default=None, description="Room kept free for fast starts.")
    pre_pull: tuple[ImageReference, ...] = Field(default=(), description="Images that every node fetches in advance.")
    profiles: tuple[Profile, ...] = Field(
        json_schema_extra=NOT_EMPTY, description="Sizes of workspace that the pool offers; at least one."
    )
    taints: tuple[Taint, ...] = Field(default=(), description="Taints of the nodes, besides the GPU pool's own.")
    labels: dict[OwnLabelKey, LabelValue] = Field(default_factory=dict, description="Further labels of the nodes.")
    user_namespaces: Annotated[bool, FLAG] = Field(
        default=False,
        description="Whether each workspace has user ids of its own on the node (`hostUsers: false`), so that whoever "
        "breaks out of one is nobody there. Needs Linux 6.3, containerd 2 and runc 1.2, and homes on a file system "
        "that maps ids (not NFS).",
    )

    @property
    def is_simulated(self) -> bool:
        """Whether the pool's nodes are simulated, so that no image is ever run."""
        return self.backend.type == "simulated"

    def profile(self, name: str) -> Profile | None:
        """The profile of this name; None when the pool does not offer it."""
        return next((profile for profile in self.profiles if profile.name == name), None)
