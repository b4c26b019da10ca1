"""The images that run: one per environment, and two small ones of the platform."""

from pydantic import Field

from settings.base import Model
from settings.names import DnsLabel
from settings.references import ImageReference

PAUSE = "registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a"


class Images(Model):
    """The images that run, each by digest."""

    placeholder: ImageReference | None = Field(
        default=None, description="Stands in for an environment that has no image yet; on simulated pools only."
    )
    environments: dict[DnsLabel, ImageReference] = Field(
        default_factory=dict, description="Image of each environment, by its name."
    )
    pause: ImageReference = Field(default=PAUSE, description="Image of pods that only keep room or nodes warm.")
