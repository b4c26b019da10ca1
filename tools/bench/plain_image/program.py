"""A Pulumi program that builds and pushes the plain Dockerfile; what changes comes from the environment."""

import os

import pulumi
import pulumi_docker_build as docker_build

image = docker_build.Image(
    "plain",
    push=True,
    no_cache=True,
    build_on_preview=False,
    builder={"name": os.environ["BENCH_BUILDER"]},
    context={"location": os.environ["BENCH_CONTEXT"]},
    dockerfile={"location": os.path.join(os.environ["BENCH_CONTEXT"], "Dockerfile")},  # noqa: PTH118
    build_args={"DEBIAN": os.environ["BENCH_DEBIAN"], "MIRROR": os.environ["BENCH_MIRROR"]},
    tags=[os.environ["BENCH_TAG"]],
    opts=pulumi.ResourceOptions(retain_on_delete=True),
)
pulumi.export("ref", image.ref)
