"""The Debian base image in the local registry: made here from Debian's packages, or copied from where it is."""

from collections.abc import Callable

from settings import Settings
from tools.debian_base import DebianError, ensure
from tools.local import LocalError
from tools.local.copying import copy_image
from tools.local.pushing import push_layout
from tools.local.registry_client import Reference, Registry
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem

REPOSITORY = "slate/debian"


def base_image(settings: Settings, layout: Layout, host: str, report: Callable[[str], None]) -> str:
    """Return the base image's reference by digest, in the registry that the builder reaches.

    Args:
        settings: May name another base image (images.debian).
        layout: The clone.
        host: The local registry.
        report: Takes lines about the progress.

    Raises:
        StackProblem: It can be had in no way.
    """
    registry = Registry(host)
    try:
        if not settings.images.debian:
            image = ensure(layout.slate, report)
            return push_layout(registry, REPOSITORY, image.directory)
        given = Reference.parse(str(settings.images.debian))
        if given.host == host:
            return str(given)
        return copy_image(given, registry, REPOSITORY, report)
    except DebianError as error:
        raise StackProblem(f"{error}\nTo go on without images: make up IMAGES=0") from error
    except LocalError as error:
        raise StackProblem(
            f"The base image cannot be put into the local registry: {error}\nLeave images.debian out, and it is made"
            " from Debian's packages; or go on without images: make up IMAGES=0"
        ) from error
