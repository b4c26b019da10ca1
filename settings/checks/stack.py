"""Checks of the stack as a whole: its scope."""

from collections.abc import Iterator

from settings.errors import Problem
from settings.partial import Partial


def check(partial: Partial) -> Iterator[Problem]:
    """Yields problems of the scope."""
    settings = partial.settings
    scope_known = partial.complete("scope") and partial.complete("platformStack")
    if scope_known and settings.scope == "projects" and settings.platform_stack is None:
        yield Problem(
            ("platformStack",),
            "is missing: with scope projects, another stack declares the platform",
            "stack, project/stack or organization/project/stack",
            "add the name of the stack with scope: platform",
        )
    if scope_known and settings.scope != "projects" and settings.platform_stack is not None:
        yield Problem(
            ("platformStack",),
            f"has no use with scope {settings.scope}",
            "only with scope: projects",
            "remove it, or set scope: projects",
        )
