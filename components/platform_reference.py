"""A project stack's look at its platform stack: only a confirmation, as both share their settings."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi import ResourceOptions

from components.refusal import refuse


def confirm_platform(stack: str, pools: Sequence[str], opts: ResourceOptions | None = None) -> pulumi.StackReference:
    """Check that the platform stack declares the node pools that this stack's workspaces use.

    Args:
        stack: Name of the platform stack, in full (`organization/project/stack`) or as a stack of this project.
        pools: Names of the node pools used.
        opts: Options of the reference.

    Returns:
        The reference; resources that depend on it are declared only if the platform has the pools.

    Raises:
        SystemExit: While the outputs resolve, if a pool is missing there; the user has been told.
    """
    full_name = stack if "/" in stack else f"organization/{pulumi.get_project()}/{stack}"
    reference = pulumi.StackReference(full_name, opts=opts)

    def check(present: Sequence[str] | None) -> Sequence[str]:
        missing = sorted(set(pools) - set(present or ()))
        if missing:
            refuse(
                f"platform stack {full_name!r} has no node pool {', '.join(missing)} (it has: "
                f"{', '.join(present or ()) or 'none'}); bring that stack up first: make up STACK={_own_name(stack)}"
            )
        return present or ()

    pulumi.Output.from_input(reference.get_output("node_pools")).apply(check)
    return reference


def _own_name(stack: str) -> str:
    return stack.rpartition("/")[2]


class PlatformImages:
    """The images that the platform stack has built, by the environment's name.

    Args:
        reference: The platform stack.
        stack: Its name.
    """

    def __init__(self, reference: pulumi.StackReference, stack: str) -> None:
        self._stack = stack
        self._outputs = pulumi.Output.from_input(reference.get_output("images"))

    def __getitem__(self, environment: str) -> pulumi.Output[str]:
        """The reference of an environment's image by digest.

        Raises:
            SystemExit: While the output resolves, if that stack has no such image; the user has been told.
        """

        def choose(given: Mapping[str, str] | None) -> str:
            images = given or {}
            if environment not in images:
                refuse(
                    f"platform stack {self._stack!r} has no image of the environment {environment!r} (it has: "
                    f"{', '.join(sorted(images)) or 'none'}); bring that stack up with images.build: true: "
                    f"make up STACK={_own_name(self._stack)}"
                )
            return images[environment]

        return self._outputs.apply(choose)
