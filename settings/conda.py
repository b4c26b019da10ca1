"""Where conda packages come from: the upstream channels, and the private mirror of them."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import FLAG, NOT_EMPTY, Model, Rule, choice, text, whole
from settings.channels import KNOWN, Channel, ChannelChoice
from settings.errors import Refusal
from settings.match_specs import MatchSpec, PackageAge
from settings.names import ObjectName
from settings.quantity import Size
from settings.references import ImageReference, NetworkRange, ServiceUrl
from settings.schedule import Cron

CONDA_FORGE = Channel(name="conda-forge", url=KNOWN["conda-forge"])
PLATFORMS = ("linux-64", "linux-aarch64")
Platform = Annotated[Literal["linux-64", "linux-aarch64"], choice(*PLATFORMS)]


def licence(value: object) -> str:
    """Accepts a licence as packages state it: an SPDX identifier, or the beginning of one and `*`.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not given or len(given) > 100 or not all(c.isascii() and (c.isalnum() or c in ".-+*") for c in given):
        raise Refusal("is not a licence's identifier", "write the SPDX identifier, such as AGPL-3.0-only")
    return given


LicenceId = Annotated[
    str, Rule(licence, "SPDX identifier", "an SPDX identifier such as AGPL-3.0-only, or AGPL-*", {"type": "string"})
]


class Licences(Model):
    """Which licences packages may have."""

    deny: tuple[LicenceId, ...] = Field(
        default=(),
        description="Packages of these licences are not mirrored, and a lock with one cannot be built. A choice of "
        "licences (`MIT OR AGPL-3.0-only`) passes if one of them is allowed.",
    )


class Keep(Model):
    """Which of the mirror's snapshots stay."""

    snapshots: Annotated[int, whole(1, 1000, "snapshots")] = Field(default=5, description="The newest that stay.")
    days: Annotated[int, whole(0, 3650, "days")] = Field(default=90, description="All that are younger stay, too.")


class Conda(Model):
    """Where conda packages come from."""

    mirror: Annotated[
        Literal["none", "local", "cluster", "external"], choice("none", "local", "cluster", "external")
    ] = Field(
        default="none",
        description="`cluster`: declared in this cluster. `external`: one that exists. `local`: a process beside the "
        "embedded cluster, which `make up` starts. `none`: images come by reference, and workspaces have no channel.",
    )
    mirror_url: ServiceUrl | None = Field(
        default=None,
        description="Address of the mirror; with `cluster`, the one that image builders outside the cluster use; with "
        "`local`, `make up` sets it.",
    )
    upstream_channels: tuple[ChannelChoice, ...] = Field(
        default=(CONDA_FORGE,),
        json_schema_extra=NOT_EMPTY | {"x-default": "`[conda-forge]`"},
        description="Channels that the mirror copies from, the most trusted first. A package comes from the first "
        "channel that has its name, never from a later one.",
    )
    platforms: tuple[Platform, ...] = Field(
        default=("linux-64",),
        json_schema_extra=NOT_EMPTY,
        description="Platforms besides noarch; images are built for the first.",
    )
    exclude_newer: PackageAge | None = Field(
        default=None, description="Leave out packages that are younger than this age, or than this day."
    )
    licences: Licences = Field(default_factory=Licences, description="Which licences packages may have.")
    specs: tuple[MatchSpec, ...] = Field(
        default=(), description="Packages to mirror besides those of the locks, for users' own environments."
    )
    keep: Keep = Field(default_factory=Keep, description="Which of the mirror's snapshots stay.")
    schedule: Cron = Field(default="0 3 * * *", description="When the mirror is synchronised.")
    storage: Size = Field(default="100Gi", description="Bytes of the mirror's volume.")
    storage_class: ObjectName | None = Field(
        default=None, description="StorageClass of the volume; the cluster's default if absent."
    )
    protected: Annotated[bool, FLAG] = Field(
        default=True,
        description="Whether the mirror's volume is kept, whatever is deleted; `false` where the mirror can be filled "
        "again from another one.",
    )
    clients: tuple[NetworkRange, ...] = Field(
        default=(), description="Networks outside the cluster that may read from the mirror, such as image builders'."
    )
    node_cache: Annotated[bool, FLAG] = Field(
        default=False, description="Whether each node keeps a cache of its own, which workspaces then read from."
    )
    node_cache_size: Size = Field(default="20Gi", description="Bytes of each node's cache.")
    image: ImageReference | None = Field(
        default=None,
        description="Image of the mirror's programs; `images.platform` if absent, or else the one that is built with "
        "`images.mirrorUrl`.",
    )
