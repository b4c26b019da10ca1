"""Inputs of `WorkspaceImages`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from pulumi import Input


class LayerArgs(TypedDict):
    """One image of the chain."""

    name: str
    """Name, and last part of the image's repository."""
    tag: str
    """Hash of all that decides the image."""
    target: str
    """Target of the Dockerfile."""
    context: str
    """Folder of the build context, with the Dockerfile in it."""
    arguments: NotRequired[Mapping[str, Input[str]]]
    """Build arguments."""
    below: NotRequired[str]
    """Name of the layer that it is built on: its image, by digest, is the build argument BELOW."""


class WorkspaceImagesArgs(TypedDict):
    """Inputs of `WorkspaceImages`."""

    layers: Sequence[LayerArgs]
    """The images, each after the one it is built on."""
    host: str
    """Registry that images are pulled from: host and optional port."""
    push_host: NotRequired[str]
    """Registry that images are pushed to (default: `host`)."""
    builder: NotRequired[str]
    """`docker` (default): the Docker engine. `docker-build`: BuildKit through a buildx builder."""
    builder_name: NotRequired[str]
    """The buildx builder of `docker-build` (default: the current one)."""
    platform: NotRequired[str]
    """Operating system and processor that images are for (default `linux/amd64`)."""
    mirror: NotRequired[Input[str]]
    """Address that builds take conda packages from: the build argument MIRROR. It is in no tag, but in the
    images' history: with another address every image is built again, and has another digest."""
    username: NotRequired[Input[str]]
    """Account that pushes (default: what the Docker configuration holds for the registry)."""
    password: NotRequired[Input[str]]
    """Password of that account."""
