"""The supply chain of workspace images: registry, conda mirror, images, each after the ones that it needs.

What exists elsewhere is not declared; what is declared is given as the arguments of its component.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

import pulumi
from pulumi import Output, ResourceOptions

from components import addresses
from components.conda_mirror import ChannelArgs, CondaMirror, client_files
from components.objects import present
from components.registry import ImageRegistry
from components.registry_accounts import RegistryAccounts
from components.workspace_images import WorkspaceImages, locks
from components.workspace_images.plan import PLATFORM, Request, layer_args, plan


class SupplyChainArgs(TypedDict):
    """What of the supply chain this stack declares."""

    channels: Sequence[ChannelArgs]
    """Conda channels, the most trusted first."""
    locks: Mapping[str, Any]
    """Where the locks lie: arguments of `locks.all_packages`."""
    registry: NotRequired[Mapping[str, Any]]
    """Arguments of `ImageRegistry`, but for its accounts (default: the registry exists)."""
    mirror: NotRequired[Mapping[str, Any]]
    """Arguments of `CondaMirror`, but for the packages of the locks (default: the mirror exists). Without an image, it
    runs from the platform's that is built here, with a mirror that exists already."""
    mirror_url: NotRequired[str]
    """Address of the mirror for those outside the cluster."""
    request: NotRequired[Mapping[str, Any]]
    """What is to be built, but for the channels (default: nothing)."""
    images: NotRequired[Mapping[str, Any]]
    """Arguments of `WorkspaceImages`, but for the layers and the account that pushes."""


def declare_supply_chain(
    args: SupplyChainArgs, accounts: RegistryAccounts, opts: ResourceOptions
) -> Mapping[str, Output[str]]:
    """Declare the chain, and export the channels' addresses and the images.

    Args:
        args: What is declared.
        accounts: Accounts of the registry.
        opts: Options of the components.

    Returns:
        The reference by digest of each image that is built, by the name of its environment.

    Raises:
        ImagesError: The images cannot be built as the settings want.
        ValueError: The registry needs accounts and there are none.
    """
    needed: list[pulumi.Resource] = []
    if "registry" in args:
        own = {**args["registry"], "htpasswd": accounts.htpasswd}
        needed.append(ImageRegistry("registry", cast(Any, own), opts))
    mirror = args.get("mirror")
    if mirror is not None and "image" in mirror:
        needed.append(_conda_mirror(args, mirror, opts))
    inside = addresses.mirror(node_cache=bool((mirror or {}).get("node_cache")))
    address = args.get("mirror_url") if mirror is None else inside
    if address is None:
        return {}
    urls = client_files.channel_urls(args["channels"], address)
    pulumi.export("channels", urls)
    channels = [{"name": one["name"], "url": one["url"], "mirror": urls[one["name"]]} for one in args["channels"]]
    if "request" not in args or "images" not in args:
        return {}
    after = ResourceOptions.merge(opts, ResourceOptions(depends_on=needed))
    images = _workspace_images(args["request"], {**args["images"], **_account(accounts)}, channels, after)
    pulumi.export("images", images.images)
    if mirror is not None and "image" not in mirror:
        _conda_mirror(args, {**mirror, "image": images.references[PLATFORM]}, opts)
    return images.references


def _conda_mirror(args: SupplyChainArgs, mirror: Mapping[str, Any], opts: ResourceOptions) -> CondaMirror:
    packages = locks.all_packages(**args["locks"])
    own = {**mirror, "locks": {"locks": packages} if packages else {}}
    return CondaMirror("conda-mirror", cast(Any, own), opts)


def _workspace_images(
    request: Mapping[str, Any], images: Mapping[str, Any], channels: Sequence[Mapping[str, str]], opts: ResourceOptions
) -> WorkspaceImages:
    wanted = Request(**request, channels=channels)
    own = {**images, "layers": layer_args(plan(wanted), wanted.root)}
    return WorkspaceImages("images", cast(Any, own), opts)


def _account(accounts: RegistryAccounts) -> Mapping[str, Any]:
    return present({"username": accounts.push_username, "password": accounts.push_password})
