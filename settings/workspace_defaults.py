"""What every workspace gets unless it says otherwise."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import Model, choice, whole
from settings.names import DnsLabel, ObjectName
from settings.quantity import Size

MINUTES_A_WEEK = 7 * 24 * 60
AFTER_MINUTES = whole(1, MINUTES_A_WEEK, "minutes")
WARN_MINUTES = whole(0, MINUTES_A_WEEK, "minutes")
STATE = choice("awake", "asleep")
IMAGE_USER = 1000
"""The account in the images that are built here (images/workspace/system.sh)."""
State = Annotated[Literal["awake", "asleep"], STATE]


class Idle(Model):
    """When a workspace without activity goes to sleep."""

    after_minutes: Annotated[int, AFTER_MINUTES] = Field(
        default=30, description="Minutes without interaction or work before the workspace sleeps."
    )
    warn_minutes: Annotated[int, WARN_MINUTES] = Field(
        default=5, description="Minutes before that at which its user is warned; 0 for no warning."
    )


class WorkspaceDefaults(Model):
    """What every workspace gets unless it says otherwise."""

    user_id: Annotated[int, whole(1, 2**31 - 1)] = Field(
        default=IMAGE_USER,
        description="User and group id that workspaces run as; never 0 (root). With `images.build: true` only 1000: "
        "the images have no account for another, and sshd would not start.",
    )
    home_size: Size = Field(default="10Gi", description="Bytes of the home volume. It can grow later, never shrink.")
    storage_class: ObjectName | None = Field(
        default=None, description="StorageClass of home volumes; the cluster's default if absent."
    )
    profile: DnsLabel | None = Field(default=None, description="Profile of workspaces that name none.")
    environment: DnsLabel = Field(default="default", description="Environment of workspaces whose project names none.")
    idle: Idle = Field(default_factory=Idle, description="When a workspace goes to sleep.")
    state: State = Field(
        default="awake", description="State in which a new workspace is made; later ones are not touched by it."
    )
    termination_grace_seconds: Annotated[int, whole(5, 3600, "seconds")] = Field(
        default=60, description="Seconds that a workspace has to save its work when it is stopped."
    )
