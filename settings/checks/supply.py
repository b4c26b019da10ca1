"""Checks of registry, conda channels and images: what each kind of them needs, and what has no use with it."""

from collections.abc import Iterator

from settings.channels import FIXTURE
from settings.checks.common import duplicates, empty
from settings.errors import Problem
from settings.partial import Partial
from settings.workspace_defaults import IMAGE_USER


def check(partial: Partial) -> Iterator[Problem]:
    """Yields problems of the ways that packages and images take; silent where a part is wrong by itself."""
    if partial.complete("registry"):
        yield from _registry(partial)
    if partial.complete("conda"):
        yield from _conda(partial)
    if partial.complete("images"):
        yield from _images(partial)
    if partial.complete("conda") and partial.complete("images"):
        yield from _between(partial)


def _registry(partial: Partial) -> Iterator[Problem]:
    registry = partial.settings.registry
    if registry.host is None and registry.type != "local":
        allowed = "a registry's host in lower case, with an optional port: registry.example.com:5000"
        yield Problem(("registry", "host"), f"is missing with type {registry.type}", allowed, "add the key host")
    if registry.type == "cluster" and registry.server is None:
        what = "is missing: with type cluster, Slate runs the registry"
        keys = "a mapping with the keys image, pullFrom, pushFrom"
        yield Problem(("registry", "server"), what, keys, "add it, or set type: external")
    if registry.type != "cluster" and registry.server is not None:
        what = f"has no use with type {registry.type}"
        yield Problem(("registry", "server"), what, "only with type: cluster", "remove it, or set type: cluster")
    if registry.server:
        yield from empty(partial, ("registry", "server", "pullFrom"), registry.server.pull_from, "network")
        yield from empty(partial, ("registry", "server", "pushFrom"), registry.server.push_from, "network")


def _conda(partial: Partial) -> Iterator[Problem]:
    conda = partial.settings.conda
    channels = conda.upstream_channels
    yield from empty(partial, ("conda", "upstreamChannels"), channels, "channel")
    yield from duplicates(("conda", "upstreamChannels"), (channel.name for channel in channels), "channel name")
    yield from empty(partial, ("conda", "platforms"), conda.platforms, "platform")
    yield from duplicates(("conda", "platforms"), conda.platforms, "platform", None)
    if conda.mirror == "external" and conda.mirror_url is None:
        what = "is missing with mirror external"
        yield Problem(("conda", "mirrorUrl"), what, "an http or https URL", "add the mirror's address")
    if conda.mirror == "none" and conda.mirror_url is not None:
        what = "has no use with mirror none"
        fix = "set mirror: external, or remove mirrorUrl"
        yield Problem(("conda", "mirrorUrl"), what, "with mirror external, cluster or local", fix)
    if conda.node_cache and conda.mirror != "cluster":
        what = f"has no use with mirror {conda.mirror}"
        yield Problem(("conda", "nodeCache"), what, "true only with mirror: cluster", "remove it")
    for index, channel in enumerate(channels):
        source = channel.source or ""
        here_only = source.startswith("file:") or (channel.name == FIXTURE and not source)
        if conda.mirror == "cluster" and here_only:
            what = "exists on one machine only, where a mirror in the cluster cannot read it"
            fix = "name a channel with an https address, such as conda-forge"
            yield Problem(("conda", "upstreamChannels", index), what, "a channel that the cluster can reach", fix)


def _images(partial: Partial) -> Iterator[Problem]:
    images = partial.settings.images
    if images.builder_name is not None and images.builder != "docker-build":
        what = "has no use with builder docker, which asks the Docker engine"
        fix = "remove it, or set builder: docker-build"
        yield Problem(("images", "builderName"), what, "only with builder: docker-build", fix)
    yield from _user(partial)
    # With a registry of type local, make up sets what is missing here.
    if not images.build or not partial.complete("registry") or partial.settings.registry.type == "local":
        return
    if images.debian is None:
        what = "is missing: images.build is true, and its layers stand on it"
        fix = "add a Debian image by digest (images/debian has one to build), or set build: false"
        yield Problem(("images", "debian"), what, "an image by digest", fix)
    if images.locks is None:
        what = "is missing: images.build is true, and images are built from locks"
        fix = "add the folder that make lock CHANNEL=... writes, or set build: false"
        yield Problem(("images", "locks"), what, "a folder such as images/workspace/locks/conda-forge", fix)


def _user(partial: Partial) -> Iterator[Problem]:
    if not partial.settings.images.build or not partial.complete("workspaceDefaults", "userId"):
        return
    if partial.settings.workspace_defaults.user_id != IMAGE_USER:
        what = f"has no account in the images that images.build: true makes (it is {IMAGE_USER}): sshd would not start"
        fix = "remove it, or set images.build: false and give references to images of your own in images.environments"
        yield Problem(("workspaceDefaults", "userId"), what, f"{IMAGE_USER} with images.build: true", fix)


def _between(partial: Partial) -> Iterator[Problem]:
    conda, images = partial.settings.conda, partial.settings.images
    if images.build and conda.mirror == "none":
        what = "is none, but images.build is true: builds install from a mirror only"
        fix = "set mirror to one of them, or images.build: false"
        yield Problem(("conda", "mirror"), what, "local, cluster or external", fix, '"none"')
    existing = images.mirror_url if images.build else None
    if images.build and conda.mirror == "cluster" and not (conda.mirror_url or existing):
        what = "is missing: images.build is true, and builders stand outside the cluster"
        fix = "add the address at which they reach the mirror (or images.mirrorUrl), or set images.build: false"
        yield Problem(("conda", "mirrorUrl"), what, "an http or https URL", fix)
    if conda.mirror == "cluster" and not (conda.image or images.platform or existing):
        what = "is missing: with mirror cluster, the mirror's programs need an image before others can be built"
        yield Problem(("conda", "image"), what, "an image by digest", "set it, images.platform or images.mirrorUrl")
    registry = partial.settings.registry if partial.complete("registry") else None
    set_later = images.build and registry is not None and registry.type == "local"  # make up sets images.locks
    if conda.mirror == "cluster" and not (conda.specs or images.locks or set_later):
        what = "is missing: with mirror cluster and no images.locks, nothing would be mirrored"
        fix = "add it, or images.locks"
        yield Problem(("conda", "specs"), what, "a list of packages such as [numpy >=2]", fix)
    if images.package_manager != "none" and all(channel.name == FIXTURE for channel in conda.upstream_channels):
        what = "is not in the fixture channel, which has Python packages only"
        fix = "write none (every image has slate-env), or add the channel conda-forge"
        yield Problem(("images", "packageManager"), what, "none with the fixture channel", fix)
