"""Healing: what is done about a workspace that is down, and the workspace that is used to notice."""

from typing import Annotated

from pydantic import Field

from settings.base import FLAG, Model, whole
from settings.names import DnsLabel


class Remediation(Model):
    """The program that replaces the pod of a workspace that stays down."""

    enabled: Annotated[bool, FLAG] = Field(default=True, description="Whether it runs.")
    dry_run: Annotated[bool, FLAG] = Field(
        default=False, description="Whether it only says what it would do; for a first week of trust."
    )
    per_workspace_per_hour: Annotated[int, whole(1, 20, "pods")] = Field(
        default=2, description="Pods of one workspace that it replaces in an hour, at most."
    )
    fleet_percent_per_10_minutes: Annotated[int, whole(1, 100, "percent")] = Field(
        default=10,
        alias="fleetPercentPer10Minutes",
        description="Percent of the awake workspaces whose pods it replaces in ten minutes, at most; one is always "
        "allowed.",
    )
    minimum_age_seconds: Annotated[int, whole(0, 3600, "seconds")] = Field(
        default=120, description="Younger pods are left alone."
    )
    fencing: Annotated[bool, FLAG] = Field(
        default=False,
        description="Whether it may mark a node that was lost as out of service, so that Kubernetes gives its volumes "
        "to another. Read docs/healing.md first: on a node that still runs, it would corrupt homes.",
    )


class Canary(Model):
    """A workspace in slate-canary that a job starts, uses and puts to sleep."""

    enabled: Annotated[bool, FLAG] = Field(default=True, description="Whether there is one.")
    every_minutes: Annotated[int, whole(5, 60, "minutes")] = Field(
        default=10, description="Minutes from one start to the next; they divide an hour."
    )
    pool: DnsLabel | None = Field(
        default=None, description="Node pool; the first with the profile and without accelerators if absent."
    )
    profile: DnsLabel | None = Field(
        default=None, description="Size; `workspaceDefaults.profile` if absent, else the pool's first."
    )
    environment: DnsLabel | None = Field(
        default=None,
        description="Environment; `workspaceDefaults.environment` if absent, or the first that has an image.",
    )

    @property
    def schedule(self) -> str:
        """When it is started, as cron has it."""
        return f"*/{self.every_minutes} * * * *" if self.every_minutes < 60 else "0 * * * *"
