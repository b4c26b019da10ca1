"""What a run changes in what is asked for: processors, memory, accelerators, storage, nodes."""

from collections.abc import Callable
from fractions import Fraction

from tools.preview.demand import GIBIBYTE, Side, Sides
from tools.preview.outcome import ResourceChange, ResourceRow

ASLEEP = "as if every workspace were awake"
"""Whether one sleeps is decided by its use, not by the settings: a project has to be able to wake all of its own."""


def resource_change(sides: Sides) -> ResourceChange | None:
    """The rows; None if nothing asks for anything, before or after."""
    both = (sides.before, sides.after)
    if not any(side.pods or side.volumes or _declared(side) for side in both):
        return None
    unknown = f"; {sides.unknown} quantities are known only after the update" if sides.unknown else ""

    def row(name: str, unit: str, value: Callable[[Side], float | Fraction], note: str = "") -> ResourceRow:
        return ResourceRow(name, unit, float(value(sides.before)), float(value(sides.after)), note)

    rows = [
        row("workspaces", "workspaces", _workspaces),
        row("CPU requests", "CPUs", _cpu, ASLEEP + unknown),
        row("memory requests", "GiB", _memory, ASLEEP + unknown),
    ]
    for name in sorted({name for side in both for name in _devices(side)}):
        rows.append(row(name, "devices", lambda side, name=name: _devices(side).get(name, 0.0), ASLEEP))
    rows.append(row("storage", "GiB", _storage, _left(sides.after)))
    for name in sorted(_declared(sides.before) | _declared(sides.after)):
        rows.append(
            row(f"nodes of pool {name}", "nodes", lambda side, name=name: _nodes(side, name), _range(sides, name))
        )
    return ResourceChange(tuple(rows))


def _declared(side: Side) -> set[str]:
    return {name for name, pool in side.pools.items() if pool.declared}


def _workspaces(side: Side) -> int:
    return sum(pods.workspace for pods in side.pods)


def _cpu(side: Side) -> Fraction:
    return sum((pods.cpu for pods in side.pods), Fraction(0))


def _memory(side: Side) -> float:
    return float(sum((pods.memory for pods in side.pods), Fraction(0)) / GIBIBYTE)


def _devices(side: Side) -> dict[str, float]:
    found: dict[str, float] = {}
    for pods in side.pods:
        for resource, number in pods.devices.items():
            name = side.device(pods, resource)
            found[name] = found.get(name, 0.0) + float(number)
    return found


def _storage(side: Side) -> float:
    return float(sum((volume.size for volume in side.volumes), Fraction(0)) / GIBIBYTE)


def _left(side: Side) -> str:
    left = [volume.size for volume in side.volumes if volume.left]
    if not left:
        return ""
    size = f"({float(sum(left) / GIBIBYTE):g} GiB)"
    if len(left) == 1:
        return f"1 home {size} of a removed workspace stays until somebody deletes it"
    return f"{len(left)} homes {size} of removed workspaces stay until somebody deletes them"


def _nodes(side: Side, name: str) -> float:
    pool = side.pools.get(name)
    return pool.most if pool and pool.declared else 0


def _range(sides: Sides, name: str) -> str:
    pool = sides.after.pools.get(name)
    if pool is None or pool.least == pool.most:
        return ""
    return f"at most; from {pool.least} on, as they are needed"
