"""The accelerators of a pool's nodes: whole GPUs or hardware partitions (MIG), never shared in time."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from settings.base import Model, Rule, choice, text, whole
from settings.errors import Refusal
from settings.labels import LabelKey, LabelValue
from settings.names import ObjectName

WHOLE_GPU = "nvidia.com/gpu"
_NO_ISOLATION = "users who share a GPU this way have no memory or fault isolation from each other"


def mig_resource(profile: str) -> str:
    """The resource name of a MIG profile, as NVIDIA's device plugin announces it ("mixed" strategy)."""
    return f"nvidia.com/mig-{profile}"


def partition(value: object) -> str:
    """Accepts a MIG profile such as 1g.10gb.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not re.fullmatch(r"[1-7]g\.[0-9]{1,3}gb(\.me)?", given):
        fix = "write <slices>g.<memory>gb, as nvidia-smi mig -lgip lists it"
        raise Refusal("is not a MIG profile", fix)
    return given


def _default_resource(data: Mapping[str, Any]) -> str:
    profile = data.get("mig_profile")
    return mig_resource(profile) if data.get("sharing") == "mig" and profile else WHOLE_GPU


class Accelerator(Model):
    """The GPUs of each node of the pool."""

    vendor: Annotated[Literal["nvidia"], choice("nvidia")] = Field(default="nvidia", description="Who made the GPUs.")
    count: Annotated[int, whole(1, 64, "devices")] = Field(
        description="Devices on each node: whole GPUs, or MIG partitions with `sharing: mig`."
    )
    product: LabelValue | None = Field(
        default=None, description="Product as the node label `nvidia.com/gpu.product` names it, such as `NVIDIA-L40S`."
    )
    sharing: Annotated[
        Literal["none", "mig"],
        choice(
            "none",
            "mig",
            reasons=dict.fromkeys(("time-slicing", "timeslicing", "time_slicing", "mps"), _NO_ISOLATION),
        ),
    ] = Field(default="none", description="Whether a workspace gets whole GPUs or hardware partitions of one.")
    mig_profile: (
        Annotated[str, Rule(partition, "MIG profile", "a MIG profile such as 1g.10gb or 3g.40gb", {"type": "string"})]
        | None
    ) = Field(default=None, description="The partition; needed with `sharing: mig`.")
    resource: LabelKey = Field(
        default_factory=_default_resource,
        json_schema_extra={"x-default": "from `sharing`"},
        description="Resource that pods ask for: `nvidia.com/gpu`, or `nvidia.com/mig-<profile>` with `sharing: mig`.",
    )
    runtime_class: ObjectName | None = Field(
        default=None, description="RuntimeClass of GPU pods; none where the node's default runtime serves GPUs."
    )
