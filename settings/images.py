"""The images that run: built from the locks, or given by reference."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import FLAG, Model, Rule, choice, text
from settings.errors import Refusal
from settings.names import DnsLabel
from settings.references import Folder, ImageReference, ServiceUrl

PAUSE = "registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a"
PACKAGE_MANAGERS = ("none", "conda", "mamba", "micromamba")


def buildx_name(value: object) -> str:
    """Accepts the name of a buildx builder.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not given or len(given) > 128 or not all(c.isascii() and (c.isalnum() or c in "._-") for c in given):
        raise Refusal("is not a builder's name", "write a name that `docker buildx ls` shows")
    return given


class Images(Model):
    """The images that run, each by digest: built from the environments' locks, or given by reference."""

    build: Annotated[bool, FLAG] = Field(
        default=False,
        description="Whether the images of environments are built from their locks and pushed. Environments with a "
        "reference in `environments` are not built.",
    )
    builder: Annotated[Literal["docker", "docker-build"], choice("docker", "docker-build")] = Field(
        default="docker",
        description="What builds: `docker` asks the Docker engine, `docker-build` BuildKit through a buildx builder.",
    )
    builder_name: (
        Annotated[str, Rule(buildx_name, "text", "the name of a buildx builder", {"type": "string", "minLength": 1})]
        | None
    ) = Field(default=None, description="The buildx builder of `docker-build`; the current one if absent.")
    debian: ImageReference | None = Field(
        default=None, description="Debian image that the layers stand on; with a `local` registry, `make up` sets it."
    )
    package_manager: Annotated[Literal["none", "conda", "mamba", "micromamba"], choice(*PACKAGE_MANAGERS)] = Field(
        default="none", description="Package manager in the images besides `slate-env`; it must be in the base's lock."
    )
    locks: Folder | None = Field(
        default=None,
        description="Folder with the locks of the environments, made by `make lock`; with a `local` registry, "
        "`make up` sets it.",
    )
    environments: dict[DnsLabel, ImageReference] = Field(
        default_factory=dict, description="Image of an environment that is not built here, by its name."
    )
    mirror_url: ServiceUrl | None = Field(
        default=None,
        description="Address of a conda mirror that exists already and that images are built from; `conda.mirrorUrl` "
        "if absent. With it, a mirror in the cluster can run from the image of the platform that this stack builds.",
    )
    platform: ImageReference | None = Field(
        default=None, description="Image of the in-cluster programs; built with the others if absent."
    )
    placeholder: ImageReference | None = Field(
        default=None, description="Stands in for an environment that has no image yet; on simulated pools only."
    )
    pause: ImageReference = Field(default=PAUSE, description="Image of pods that only keep room or nodes warm.")
