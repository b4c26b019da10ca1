"""Inputs of `NodePool`. Plain values: they decide which resources exist."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pulumi import Input


class NodeClassArgs(TypedDict):
    """Karpenter's node class, which belongs to the cloud provider."""

    group: str
    """API group, such as `karpenter.k8s.aws`."""
    kind: str
    """Kind, such as `EC2NodeClass`."""
    name: str
    """Name of the object."""


class RequirementArgs(TypedDict):
    """One requirement of Karpenter on the instances it may choose."""

    key: str
    """Label, such as `karpenter.k8s.aws/instance-family`."""
    operator: str
    """`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`."""
    values: NotRequired[Sequence[str]]
    """Values for the operator."""


class BackendArgs(TypedDict):
    """How the nodes of the pool come to be."""

    type: str
    """`existing`, `karpenter`, `simulated` or `managed`."""
    node_selector: NotRequired[Mapping[str, str]]
    """existing: labels that the pool's nodes bear already."""
    nodes: NotRequired[Sequence[str]]
    """existing: names of the nodes, needed to label them."""
    manage_labels: NotRequired[bool]
    """existing: put the pool's label on the named nodes (default false)."""
    node_class: NotRequired[NodeClassArgs]
    """karpenter: the node class."""
    requirements: NotRequired[Sequence[RequirementArgs]]
    """karpenter: requirements on the instances."""
    weight: NotRequired[int]
    """karpenter: order among pools, 1 to 100."""
    boot_delay: NotRequired[str]
    """simulated: how long a node takes to become ready, such as `5s` (default `0s`)."""
    factory: NotRequired[str]
    """managed: the function that creates the cloud's pool, as `module:function`."""
    options: NotRequired[Mapping[str, Any]]
    """managed: passed to the function as it is."""


class ReservedArgs(TypedDict):
    """What the node keeps for itself."""

    cpu: NotRequired[str]
    """Cores."""
    memory: NotRequired[str]
    """Bytes."""
    ephemeral_storage: NotRequired[str]
    """Bytes."""


class ShapeArgs(TypedDict):
    """Capacity of one node."""

    cpu: str
    """Cores, a quantity."""
    memory: str
    """Bytes, a quantity."""
    ephemeral_storage: str
    """Bytes, a quantity."""
    pods: NotRequired[int]
    """Pods a node can run (default 110)."""
    architecture: NotRequired[str]
    """`amd64` or `arm64` (default `amd64`)."""
    reserved: NotRequired[ReservedArgs]
    """What the node keeps for itself; the rest is what its pods can use."""


class AcceleratorArgs(TypedDict):
    """The pool's accelerator: selector, toleration, quota and runtime class are all derived from it."""

    vendor: NotRequired[str]
    """`nvidia` (default)."""
    resource: NotRequired[str]
    """Name that the device plugin announces (default `nvidia.com/gpu`)."""
    count: int
    """Accelerators (or MIG slices) of one node."""
    product: NotRequired[str]
    """Product label of GPU Feature Discovery, such as `NVIDIA-A100-SXM4-80GB`."""
    sharing: NotRequired[str]
    """`none` (default) or `mig`; never time-slicing, which does not isolate users."""
    mig_profile: NotRequired[str]
    """MIG profile such as `1g.10gb`; the resource is then `nvidia.com/mig-1g.10gb`."""
    runtime_class: NotRequired[str]
    """RuntimeClass of the pods, where the cluster needs one."""


class SizeArgs(TypedDict):
    """Number of nodes: `fixed`, or `min` and `max`."""

    fixed: NotRequired[int]
    """Exactly this many."""
    min: NotRequired[int]
    """At least this many."""
    max: NotRequired[int]
    """At most this many."""


class FreezeArgs(TypedDict):
    """A time in which no node is disrupted."""

    schedule: str
    """Cron expression, UTC."""
    duration: str
    """Length, such as `8h`."""


class DisruptionArgs(TypedDict):
    """When empty nodes go away. Nodes with a running workspace are never disrupted on purpose."""

    consolidate_after: NotRequired[str]
    """How long a node is empty before it goes (default `15m`)."""
    termination_grace_period: NotRequired[str]
    """Time after which a node that is being replaced is drained by force (default: never)."""
    freeze: NotRequired[Sequence[FreezeArgs]]
    """Times in which no node goes."""


class WarmArgs(TypedDict):
    """Room kept free for the next workspace, by placeholder pods that give way."""

    spare: int
    """Number of placeholders."""
    profile: str
    """Profile whose size each of them holds."""


class ProfileArgs(TypedDict):
    """One size of workspace that the pool offers."""

    name: str
    """Name, unique in the pool."""
    cpu: str
    """Cores requested."""
    cpu_limit: NotRequired[str]
    """Cores at most (default: as requested)."""
    memory: str
    """Memory, both requested and at most, so that nobody's memory is overcommitted."""
    ephemeral_storage: NotRequired[str]
    """Disk for logs and scratch (default `10Gi`)."""
    shared_memory: NotRequired[str]
    """Size of `/dev/shm` (default `1Gi`)."""
    gpus: NotRequired[int]
    """Accelerators (default 0)."""


class TaintArgs(TypedDict):
    """One taint of the pool's nodes."""

    key: str
    """Key."""
    value: NotRequired[str]
    """Value."""
    effect: str
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`."""


class FoundNodeArgs(TypedDict):
    """A node as the cluster has it; used to warn at preview when a pool of existing nodes fits none."""

    name: str
    """Name."""
    labels: Mapping[str, str]
    """Labels."""
    taints: NotRequired[Sequence[TaintArgs]]
    """Taints."""
    allocatable: Mapping[str, str]
    """Allocatable resources."""
    user_namespaces: NotRequired[bool]
    """Whether its container runtime says that it has user namespaces (default: it does not say)."""


class NodePoolArgs(TypedDict):
    """Inputs of `NodePool`."""

    name: str
    """Name of the pool, a DNS label."""
    backend: BackendArgs
    """How the nodes come to be."""
    shape: ShapeArgs
    """Capacity of one node."""
    accelerator: NotRequired[AcceleratorArgs]
    """The nodes' accelerator, if they have one."""
    size: NotRequired[SizeArgs]
    """Number of nodes."""
    zones: NotRequired[Sequence[str]]
    """Zones the nodes are in."""
    disruption: NotRequired[DisruptionArgs]
    """When empty nodes go away."""
    warm: NotRequired[WarmArgs]
    """Room kept free."""
    pre_pull: NotRequired[Sequence[Input[str]]]
    """Images that each node pulls before a workspace needs them."""
    profiles: Sequence[ProfileArgs]
    """Sizes of workspace on offer."""
    taints: NotRequired[Sequence[TaintArgs]]
    """Taints besides the accelerator's."""
    labels: NotRequired[Mapping[str, str]]
    """Labels besides the pool's."""
    user_namespaces: NotRequired[bool]
    """Whether workspaces have user ids of their own on the node (default false)."""
    namespace: NotRequired[Input[str]]
    """Namespace of placeholders and pre-pull (default `slate-system`)."""
    pause_image: NotRequired[Input[str]]
    """Image of the placeholders and of the pre-pull's main container."""
    pull_secret: NotRequired[str]
    """Name of a Secret in that namespace for pulling these images."""
    found_nodes: NotRequired[Sequence[FoundNodeArgs]]
    """existing: the cluster's nodes, to warn when none fits."""
