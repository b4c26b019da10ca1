"""From settings to the arguments of the supply chain: registry, conda mirror and images, as plain mappings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from settings.canary import canary_space
from settings.channels import FIXTURE
from settings.resolve import ResolvedWorkspace
from settings.root import Settings


def chain(settings: Settings, root: Path) -> dict[str, Any]:
    """Arguments of `components.supply_chain`; parts that this stack does not declare are absent.

    Args:
        settings: All settings, complete.
        root: The repository.
    """
    return _present(
        registry=image_registry(settings) if settings.registry.type == "cluster" else None,
        mirror=conda_mirror(settings) if settings.conda.mirror == "cluster" else None,
        mirror_url=settings.conda.mirror_url,
        channels=channels(settings),
        locks=locks(settings, root),
        request=build_request(settings, root) if settings.images.build else None,
        images=workspace_images(settings) if settings.images.build else None,
    )


def image_registry(settings: Settings) -> dict[str, Any]:
    """Arguments of `ImageRegistry` but for its accounts; for a registry of type `cluster`."""
    registry = settings.registry
    server = registry.server.model_dump(exclude_none=True, by_alias=False) if registry.server else {}
    return server | _present(
        host=registry.host,
        push_host=registry.push,
        maintenance_image=settings.images.platform,
        pull_secret=registry.pull_secret,
    )


def conda_mirror(settings: Settings) -> dict[str, Any]:
    """Arguments of `CondaMirror` but for the packages of the locks; for a mirror of type `cluster`.

    Without an image, it is the platform's that is built here.
    """
    conda = settings.conda
    return _present(
        image=conda.image or settings.images.platform,
        channels=channels(settings),
        platforms=list(conda.platforms),
        specs=list(conda.specs),
        exclude_newer=conda.exclude_newer,
        denied_licences=list(conda.licences.deny),
        keep_snapshots=conda.keep.snapshots,
        keep_days=conda.keep.days,
        schedule=conda.schedule,
        storage=conda.storage,
        storage_class=conda.storage_class,
        protected=conda.protected,
        clients=list(conda.clients),
        node_cache=conda.node_cache,
        node_cache_size=conda.node_cache_size,
        pull_secret=settings.registry.pull_secret,
    )


def channels(settings: Settings) -> list[dict[str, Any]]:
    """The channels, the most trusted first."""
    return [channel.model_dump(exclude_none=True) for channel in settings.conda.upstream_channels]


def locks(settings: Settings, root: Path) -> dict[str, Any]:
    """Where the locks lie, if the settings say so, how messages call that place, and how they are made."""
    folder = settings.images.locks
    return {"folder": root / folder if folder else None, "shown": folder or "", "remedy": _remedy(settings)}


def build_request(settings: Settings, root: Path) -> dict[str, Any]:
    """What is to be built, as `components.workspace_images.plan` takes it, but for the channels."""
    images = settings.images
    return {
        "root": root,
        "locks": root / (images.locks or ""),
        "debian": images.debian,
        "package_manager": images.package_manager,
        "given": list(images.environments),
        "used": sorted({space.environment for space in _spaces(settings)}),
        "platform": images.platform is None,
        "conda_platform": settings.conda.platforms[0],
        "denied_licences": list(settings.conda.licences.deny),
        "remedy": _remedy(settings),
    }


def workspace_images(settings: Settings) -> dict[str, Any]:
    """Arguments of `WorkspaceImages`, but for the layers and the account that pushes."""
    images, registry = settings.images, settings.registry
    return _present(
        host=registry.host,
        push_host=registry.push,
        builder=images.builder,
        builder_name=images.builder_name,
        platform={"linux-64": "linux/amd64", "linux-aarch64": "linux/arm64"}[settings.conda.platforms[0]],
        mirror=f"{images.mirror_url or settings.conda.mirror_url}/latest",
    )


def _spaces(settings: Settings) -> Iterator[ResolvedWorkspace]:
    """All workspaces, with the canary's."""
    for team in settings.fleet():
        yield from team.workspaces
    canary = canary_space(settings)
    if canary:
        yield canary


def _remedy(settings: Settings) -> str:
    """The command that makes the locks."""
    first = settings.conda.upstream_channels[0].name
    return "make up" if first == FIXTURE else f"make lock CHANNEL={first}"


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
