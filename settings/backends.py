"""How a node pool's nodes come to be: existing nodes, Karpenter, simulated nodes, or a cloud's own pool."""

from typing import Annotated, Any, Literal

from pydantic import Field

from settings.base import FLAG, Model, Rule, choice, text, whole
from settings.labels import LabelKey, LabelValue
from settings.names import ObjectName
from settings.references import FunctionName
from settings.schedule import Duration

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte")
_TEXT = Rule(text, "text", "a text", {"type": "string"})


class Existing(Model):
    """Nodes that are there already, such as machines on premises."""

    type: Literal["existing"] = Field(description="Selects this backend.")
    node_selector: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels that the pool's nodes bear."
    )
    nodes: tuple[ObjectName, ...] = Field(
        default=(), description="Names of the pool's nodes; needed when Slate is to label them."
    )
    manage_labels: Annotated[bool, FLAG] = Field(
        default=False, description="Whether Slate labels the nodes named in `nodes`. Taints are never changed."
    )


class NodeClass(Model):
    """The Karpenter node class that says how a cloud's machines are made."""

    group: ObjectName = Field(description="API group, such as `karpenter.k8s.aws`.")
    kind: Annotated[str, Rule(text, "text", "a kind such as EC2NodeClass", {"type": "string"})] = Field(
        description="Kind, such as `EC2NodeClass`."
    )
    name: ObjectName = Field(description="Name of the node class object, which must exist.")


class Requirement(Model):
    """One restriction on the machines that Karpenter may choose."""

    key: LabelKey = Field(description="Node label, such as `karpenter.k8s.aws/instance-category`.")
    operator: Annotated[str, choice(*OPERATORS)] = Field(description="How the label is compared.")
    values: tuple[Annotated[str, _TEXT], ...] = Field(
        default=(), description="Values as texts; one number for Gt, Lt, Gte, Lte; none for Exists, DoesNotExist."
    )


class Karpenter(Model):
    """Machines made and removed by Karpenter when workspaces need them."""

    type: Literal["karpenter"] = Field(description="Selects this backend.")
    node_class: NodeClass = Field(description="The node class that makes the machines.")
    requirements: tuple[Requirement, ...] = Field(
        default=(), description="Restrictions besides architecture, zones and the pool's own labels."
    )
    weight: Annotated[int, whole(1, 100)] | None = Field(
        default=None, description="Preference among pools that fit; the greater wins."
    )


class Simulated(Model):
    """Nodes without machines (kwok), for the embedded cluster: pods become ready but run nothing."""

    type: Literal["simulated"] = Field(description="Selects this backend.")
    boot_delay: Duration = Field(default="0s", description="How long a new node takes to become ready.")


class Managed(Model):
    """A pool made by a function of yours, such as a cloud's managed node group."""

    type: Literal["managed"] = Field(description="Selects this backend.")
    factory: FunctionName = Field(description="Function that declares the pool; called with its settings.")
    options: dict[str, Any] = Field(default_factory=dict, description="Passed to the function as they are.")


Backend = Annotated[Existing | Karpenter | Simulated | Managed, Field(discriminator="type")]
BACKENDS: tuple[type[Model], ...] = (Existing, Karpenter, Simulated, Managed)
