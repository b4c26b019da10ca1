"""Checks of the price list: what has no price would be counted as free."""

from collections.abc import Iterator

from settings.base import closest
from settings.errors import Problem
from settings.node_pools import NodePool
from settings.partial import Partial
from settings.prices import Prices

_HERE = "prices"


def check(partial: Partial) -> Iterator[Problem]:
    """Yields prices that are missing, and prices of what the stack does not have."""
    prices, pools = partial.settings.prices, partial.settings.node_pools
    if prices is None or not partial.complete(_HERE) or not partial.complete("nodePools"):
        return
    by_node = {pool.name for pool in pools} & set(prices.node_hour)
    for key in prices.node_hour:
        yield from _unknown((_HERE, "nodeHour", key), key, [pool.name for pool in pools], "node pool")
    accelerators = [pool.accelerator for pool in pools if pool.accelerator]
    sold = [name for found in accelerators for name in (found.product, found.resource) if name]
    for key in prices.gpu_hour:
        yield from _unknown((_HERE, "gpuHour", key), key, sorted(set(sold)), "product or resource of an accelerator")
    yield from _missing(prices, [pool for pool in pools if pool.name not in by_node])


def _missing(prices: Prices, pools: list[NodePool]) -> Iterator[Problem]:
    """What is not there, although these pools are not paid by the node."""
    names = ", ".join(pool.name for pool in pools)
    for key, value in (("cpuHour", prices.cpu_hour), ("memoryGibHour", prices.memory_gib_hour)):
        if pools and value is None:
            what = f"is missing, and nodeHour has no price for {names}"
            yield Problem((_HERE, key), what, "a number from 0", f"add {key}, or a price in nodeHour for {names}")
    for pool in pools:
        found = pool.accelerator
        if found and prices.gpu(found.product, found.resource) is None:
            what = f"has no price for the accelerators of the pool {pool.name}, which has none in nodeHour either"
            name = found.product or found.resource
            fix = f"add gpuHour: {{{name}: ...}}, or nodeHour: {{{pool.name}: ...}}"
            yield Problem((_HERE, "gpuHour"), what, f"a price for {name}", fix)


def _unknown(path: tuple[str, ...], key: str, known: list[str], what: str) -> Iterator[Problem]:
    if key not in known:
        near = closest(key, known)
        fix = f"did you mean {near}?" if near else "write one of these, or remove the key"
        yield Problem(path, f"is no {what} of this stack", ", ".join(known) or "none is declared", fix)
