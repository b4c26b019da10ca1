"""What a month costs, before and after a run, by the price list of the settings (`slate:prices`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from settings.prices import HOURS_A_MONTH, Prices
from tools.preview.demand import GIBIBYTE, PLATFORM, Pods, Pool, Side, Sides
from tools.preview.outcome import CostChange, CostLine


def price_list(settings: Mapping[str, Any]) -> Prices | None:
    """The stack's price list; None if it has none, or one that is not right, which the program has said."""
    given = settings.get("prices")
    if not given:
        return None
    try:
        return Prices.model_validate(given)
    except ValidationError:
        return None


def cost_change(sides: Sides, prices: Prices | None) -> CostChange | None:
    """The cost, by project, for the platform and by node pool.

    Both sides are reckoned with the new list, so that what differs is what is used and not what it costs.
    """
    if prices is None:
        return None
    gone = _gone(sides, prices)
    before, after = _lines(sides.before, prices, gone), _lines(sides.after, prices)
    names = sorted({*before, *after}, key=lambda name: (name.startswith("nodes"), name != PLATFORM, name))
    lines = tuple(_line(name, before.get(name, _Money()), after.get(name, _Money())) for name in names)
    return CostChange(
        currency=prices.currency,
        before=sum(line.before for line in lines),
        after=sum(line.after for line in lines),
        lines=lines,
        notes=tuple(_notes(sides, prices, gone)),
    )


@dataclass
class _Money:
    """A sum, and whether something without a price is left out of it."""

    amount: float = 0.0
    lacks: bool = False


def _line(name: str, before: _Money, after: _Money) -> CostLine:
    return CostLine(name, before.amount, after.amount, before.lacks, after.lacks)


def _gone(sides: Sides, prices: Prices) -> frozenset[str]:
    """Removed pools whose nodes may have had a price of their own: the new list has none for a pool that is gone."""
    if not prices.node_hour and prices.cpu_hour is not None:
        return frozenset()
    pools = sides.before.pools.values()
    return frozenset(
        pool.name
        for pool in pools
        if pool.declared and pool.name not in sides.after.pools and pool.name not in prices.node_hour
    )


def _lines(side: Side, prices: Prices, gone: frozenset[str] = frozenset()) -> dict[str, _Money]:
    found: dict[str, _Money] = {}

    def add(name: str, amount: float, *, lacks: bool = False) -> None:
        if amount or lacks:
            money = found.setdefault(name, _Money())
            money.amount += amount
            money.lacks |= lacks

    for pods in side.pods:
        if pods.pool not in gone:
            add(_name(pods.group), _pods(side, pods, prices), lacks=bool(_unpriced(side, pods, prices)))
    for volume in side.volumes:
        add(_name(volume.group), float(volume.size / GIBIBYTE) * prices.storage(volume.storage_class))
    for pool in side.pools.values():
        if pool.declared and pool.name in prices.node_hour:
            add(_nodes(pool.name), pool.most * prices.node_hour[pool.name] * HOURS_A_MONTH)
    for name in gone:
        add(_nodes(name), 0.0, lacks=True)
    return found


def _nodes(pool: str) -> str:
    return f"nodes of pool {pool}"


def _name(group: str) -> str:
    return group if group == PLATFORM else f"project {group}"


def _pods(side: Side, pods: Pods, prices: Prices) -> float:
    if pods.pool in prices.node_hour:
        return 0.0  # its nodes are paid for
    hours = prices.awake_hours if pods.workspace else HOURS_A_MONTH
    an_hour = float(pods.cpu) * (prices.cpu_hour or 0) + float(pods.memory / GIBIBYTE) * (prices.memory_gib_hour or 0)
    pool = side.pools.get(pods.pool)
    for resource, number in pods.devices.items():
        an_hour += float(number) * (_device(pool, resource, prices) or 0)
    return an_hour * hours


def _device(pool: Pool | None, resource: str, prices: Prices) -> float | None:
    product = pool.product if pool and pool.resource == resource else None
    return prices.gpu(product, resource)


def _unpriced(side: Side, pods: Pods, prices: Prices) -> list[str]:
    """Devices of pods that the list has no price for."""
    if pods.pool in prices.node_hour:
        return []
    pool = side.pools.get(pods.pool)
    missing = [resource for resource in pods.devices if _device(pool, resource, prices) is None]
    return [side.device(pods, resource) for resource in missing]


def _notes(sides: Sides, prices: Prices, gone: frozenset[str]) -> list[str]:
    asleep = f"Workspaces count as awake {prices.awake_hours} of {HOURS_A_MONTH} hours a month, asleep or not."
    notes = [asleep if prices.awake_hours < HOURS_A_MONTH else "Workspaces count as awake all the month."]
    by_node = sorted(name for name in prices.node_hour if any(name in side.pools for side in _both(sides)))
    if by_node:
        whose = ", ".join(by_node)
        notes.append(f"Paid by the node, at the pool's largest size: {whose}. Their workspaces cost storage alone.")
    if prices.cpu_hour is None:
        notes.append("Without cpuHour the platform's own programs cost nothing here.")
    devices = {
        name
        for side in _both(sides)
        for pods in side.pods
        if pods.pool not in gone
        for name in _unpriced(side, pods, prices)
    }
    unpriced = [*sorted(devices), *map(_nodes, sorted(gone))]
    if unpriced:
        notes.append(f"Without a price, and left out: {', '.join(unpriced)}.")
    if sides.unknown:
        notes.append(f"Left out, as they are known only after the update: {sides.unknown} quantities.")
    notes.append("Network, snapshots, jobs and programs that run once a node are left out.")
    return notes


def _both(sides: Sides) -> tuple[Side, Side]:
    return sides.before, sides.after
