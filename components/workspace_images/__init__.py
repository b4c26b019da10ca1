"""`WorkspaceImages`: the chain of image layers, base > common > environment, built only when something is new."""

import re
from collections.abc import Mapping

import pulumi
from pulumi import Input, Output, ResourceOptions

from components.objects import check_keys
from components.workspace_images.args import LayerArgs, WorkspaceImagesArgs
from components.workspace_images.builders import BUILDERS, push_host, repository

__all__ = ["LayerArgs", "WorkspaceImages", "WorkspaceImagesArgs", "by_digest"]

_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})$")


class WorkspaceImages(pulumi.ComponentResource):
    """Images built layer on layer, each on the digest of the one below, pushed under the hash of what is in them.

    Raises:
        ValueError: An argument is unknown or missing, the builder is none of the two, or a layer comes before the one
            it is built on.
    """

    images: Output[Mapping[str, str]]
    """Reference of each image by digest, by the layer's name; not known where the image is still to be built."""

    def __init__(self, name: str, args: WorkspaceImagesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:WorkspaceImages", name, {}, opts)
        check_keys(f"WorkspaceImages {name!r}", args, WorkspaceImagesArgs)
        builder = args.get("builder") or "docker"
        if builder not in BUILDERS:
            raise ValueError(f"WorkspaceImages {name!r}: unknown builder {builder!r}; allowed: {', '.join(BUILDERS)}")
        pushed: dict[str, Output[str]] = {}
        for layer in args["layers"]:
            check_keys(f"WorkspaceImages {name!r}: a layer", layer, LayerArgs)
            arguments = self._arguments(layer, args, pushed)
            # What was pushed stays in the registry when the layer is changed or the stack is destroyed.
            own = ResourceOptions(parent=self, retain_on_delete=True)
            built = BUILDERS[builder](layer, args, arguments, own)
            pushed[layer["name"]] = by_digest(built, layer["name"], push_host(args))
        self.references = {layer: by_digest(reference, layer, args["host"]) for layer, reference in pushed.items()}
        self.images = Output.all(**self.references).apply(dict)
        self.register_outputs({"images": self.images})

    def _arguments(
        self, layer: LayerArgs, args: WorkspaceImagesArgs, pushed: Mapping[str, Output[str]]
    ) -> dict[str, Input[str]]:
        arguments = dict(layer.get("arguments") or {})
        mirror = args.get("mirror")
        if mirror is not None:
            arguments["MIRROR"] = mirror
        below = layer.get("below")
        if below:
            if below not in pushed:
                raise ValueError(f"WorkspaceImages: layer {layer['name']!r} comes before {below!r}, which it stands on")
            arguments["BELOW"] = pushed[below]
        return arguments


def by_digest(reference: Output[str], layer: str, host: str) -> Output[str]:
    """The reference of a pushed image by its digest alone.

    A builder that has not built yet may give the tag for the reference (pulumi-docker-build, at preview), or a mark
    that no digest was found (pulumi-docker). The tag would look known and be wrong; so it becomes unknown at preview,
    and an error afterwards.

    Args:
        reference: What the builder gave.
        layer: Name of the layer.
        host: Registry that the image is addressed at.

    Raises:
        pulumi.RunError: While the output resolves, when the image was built and there is no digest.
    """

    def pinned(given: str) -> str:
        found = _DIGEST.search(given or "")
        if found:
            return f"{host}/{repository(layer)}@{found[1]}"
        if pulumi.runtime.is_dry_run():
            return pulumi.UNKNOWN  # pyright: ignore[reportReturnType]
        raise pulumi.RunError(
            f"image {layer}: the builder gave no digest ({given or 'nothing'}), so what was pushed is not certain; is "
            "the registry reachable for the builder, and does the account have the right to push?"
        )

    return reference.apply(pinned)
