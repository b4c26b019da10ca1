"""Checks across fields: what one value alone cannot show."""

from collections.abc import Iterator

from settings.checks import fit, pools, prices, projects, quotas, service_levels, stack, supply, workspaces
from settings.errors import Problem
from settings.partial import Partial

_CHECKS = (
    stack.check,
    supply.check,
    pools.check,
    fit.check,
    projects.check,
    workspaces.check,
    quotas.check,
    service_levels.check,
    prices.check,
)


def check(partial: Partial) -> Iterator[Problem]:
    """All problems across fields.

    Args:
        partial: The settings, or what is left of them without the parts that are wrong by themselves.

    Yields:
        Problems with paths of the remaining settings.
    """
    for part in _CHECKS:
        yield from part(partial)
