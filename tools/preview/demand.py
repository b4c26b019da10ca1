"""What the objects of a stack ask for: pods, volumes, nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

PLATFORM = "platform"
GIBIBYTE = 2**30


@dataclass(frozen=True)
class Pods:
    """Pods of one kind, as many as are declared."""

    group: str
    """Name of the project, or `PLATFORM`."""
    pool: str
    """Name of the node pool; empty for the platform's programs."""
    workspace: bool
    cpu: Fraction = Fraction(0)
    memory: Fraction = Fraction(0)
    """In bytes."""
    devices: Mapping[str, Fraction] = field(default_factory=dict)
    """Accelerators by their resource name."""


@dataclass(frozen=True)
class Volume:
    """A claim."""

    group: str
    size: Fraction
    """In bytes."""
    storage_class: str | None
    left: bool = False
    """Whether it stays behind without the workspace that it was made for."""


@dataclass(frozen=True)
class Pool:
    """The nodes of a pool."""

    name: str
    least: int
    most: int
    resource: str = ""
    """Its accelerators' resource name; empty without accelerators."""
    product: str = ""
    declared: bool = True
    """Whether this stack declares the nodes, and not another one's platform."""

    @property
    def device(self) -> str:
        """What people call the accelerator."""
        return self.product or self.resource


@dataclass(frozen=True)
class Side:
    """Everything before the run, or after it."""

    pods: tuple[Pods, ...] = ()
    volumes: tuple[Volume, ...] = ()
    pools: Mapping[str, Pool] = field(default_factory=dict)

    def device(self, pods: Pods, resource: str) -> str:
        """What people call an accelerator that pods ask for."""
        pool = self.pools.get(pods.pool)
        return pool.device if pool and pool.resource == resource else resource


@dataclass(frozen=True)
class Sides:
    """Both sides."""

    before: Side
    after: Side
    unknown: int = 0
    """Quantities that are known only after the update; they are left out."""
