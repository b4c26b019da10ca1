"""The two builders behind one function: what is given to each, and which of its outputs names the pushed image.

Neither builds at preview, both push, and neither deletes what it has pushed: a workspace that sleeps, or a stack that
was destroyed by mistake, finds its image again.
"""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pulumi_docker as docker
import pulumi_docker_build as docker_build
from pulumi import Input, Output, ResourceOptions

from components.objects import present
from components.workspace_images.args import LayerArgs, WorkspaceImagesArgs

PLATFORM = "linux/amd64"
ZSTD_LEVEL = 3
"""zstd's own default; without a level the provider (0.0.22) drops the choice of zstd and packs with gzip."""

Build = Callable[[LayerArgs, WorkspaceImagesArgs, Mapping[str, Input[str]], ResourceOptions], Output[str]]


def repository(layer: str) -> str:
    """The repository of a layer's image, without the host."""
    return f"slate/{layer}"


def push_host(args: WorkspaceImagesArgs) -> str:
    """The registry that images are pushed to."""
    return args.get("push_host") or args["host"]


def with_docker(
    layer: LayerArgs, args: WorkspaceImagesArgs, arguments: Mapping[str, Input[str]], opts: ResourceOptions
) -> Output[str]:
    """Declare an image that the Docker engine builds (pulumi-docker 5).

    Returns:
        `repoDigest`: `host/repository@sha256:...` of what was pushed; not known while it is to be built.
    """
    image = docker.Image(
        layer["name"],
        image_name=_tag(layer, args),
        build=docker.DockerBuildArgs(
            context=layer["context"],
            dockerfile=f"{layer['context']}/Dockerfile",
            target=layer["target"],
            args=dict(arguments),
            platform=args.get("platform") or PLATFORM,
            network=Output.from_input(args.get("mirror")).apply(network_for),
            builder_version=docker.BuilderVersion.BUILDER_BUILD_KIT,
        ),
        registry=docker.RegistryArgs(**_account(args, "server")),
        build_on_preview=False,
        skip_push=False,
        opts=opts,
    )
    return image.repo_digest


def network_for(mirror: str | None) -> str:
    """The network of a build's steps: that of the machine if the mirror answers there alone, on loopback."""
    host = urlsplit(mirror or "").hostname or ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    return "host" if here else "default"


def with_docker_build(
    layer: LayerArgs, args: WorkspaceImagesArgs, arguments: Mapping[str, Input[str]], opts: ResourceOptions
) -> Output[str]:
    """Declare an image that BuildKit builds (pulumi-docker-build).

    Returns:
        `ref`: `host/repository:tag@sha256:...` of what was pushed; while it is to be built, the tag alone, and known.
    """
    builder = args.get("builder_name")
    image = docker_build.Image(
        layer["name"],
        tags=[_tag(layer, args)],
        context=docker_build.BuildContextArgs(location=layer["context"]),
        dockerfile=docker_build.DockerfileArgs(location=f"{layer['context']}/Dockerfile"),
        target=layer["target"],
        build_args=dict(arguments),
        platforms=[docker_build.Platform(args.get("platform") or PLATFORM)],
        builder=docker_build.BuilderConfigArgs(name=builder) if builder else None,
        registries=[docker_build.RegistryArgs(**_account(args, "address"))] if args.get("username") else None,
        build_on_preview=False,  # this provider's own default is true
        # Pushed by the export, which `push` would be without the say in the compression: zstd packs in a tenth of
        # gzip's time. Every containerd of a supported Kubernetes unpacks it.
        push=False,
        exports=[docker_build.ExportArgs(image=_pushed(_tag(layer, args)))],
        opts=opts,
    )
    return image.ref


def _pushed(tag: str) -> docker_build.ExportImageArgs:
    return docker_build.ExportImageArgs(
        names=[tag],
        push=True,
        oci_media_types=True,
        compression=docker_build.CompressionType.ZSTD,
        compression_level=ZSTD_LEVEL,
    )


BUILDERS: Mapping[str, Build] = {"docker": with_docker, "docker-build": with_docker_build}


def _tag(layer: LayerArgs, args: WorkspaceImagesArgs) -> str:
    return f"{push_host(args)}/{repository(layer['name'])}:{layer['tag']}"


def _account(args: WorkspaceImagesArgs, host_key: str) -> dict[str, Any]:
    given = {"username": args.get("username"), "password": args.get("password")}
    return {host_key: push_host(args)} | present(given)
