"""The node pools of a stack when one of them is on the real node. Pure functions over a stack file's content.

The first simulated pool without an accelerator becomes real. Its profiles are cut to what the machine has, so that all
the workspaces that are declared for it fit; nothing grows. Simulated nodes get a taint, so that what selects no pool
never lands on a node that runs nothing.
"""

from collections.abc import Mapping
from typing import Any

from settings import Settings
from settings.canary import canary_space
from settings.quantity import parse_quantity
from tools.node.configuration import NAME
from tools.stack.problem import StackProblem
from tools.stack.real_node.machine import Machine

NODE_POOLS = "slate:nodePools"
SIMULATED_TAINT = {"key": "sim.slate.dev/simulated", "value": "true", "effect": "NoSchedule"}
# What is kept for the machine and the platform's own pods (at most half of it), so that these displace no workspace.
_RESERVED_CORES, _RESERVED_MEMORY = 1.0, 4096
_STEP = 128


def real_pool(settings: Settings) -> str:
    """Return the name of the pool that becomes real.

    Raises:
        StackProblem: The stack has none.
    """
    for pool in settings.node_pools:
        if pool.backend.type == "simulated" and pool.accelerator is None:
            return pool.name
    raise StackProblem(
        "CLUSTER=node puts a simulated pool without accelerator on the real node, and this stack has none: "
        + ", ".join(f"{pool.name} ({pool.backend.type})" for pool in settings.node_pools)
    )


def with_real_node(document: Mapping[str, Any], settings: Settings, machine: Machine) -> list[dict[str, Any]]:
    """Return the node pools as the stack file would have them.

    Args:
        document: The stack file's content.
        settings: What it says.
        machine: The machine the node is on.

    Raises:
        StackProblem: No pool can become real.
    """
    name = real_pool(settings)
    spaces = [space for project in settings.fleet() for space in project.workspaces]
    count = sum(space is not None and space.pool == name for space in (*spaces, canary_space(settings)))
    pools = document["config"][NODE_POOLS]
    return [_real(pool, machine, max(count, 1)) if pool["name"] == name else _tainted(pool) for pool in pools]


def _real(pool: Mapping[str, Any], machine: Machine, workspaces: int) -> dict[str, Any]:
    cores, memory = min(_RESERVED_CORES, machine.cores / 2), min(_RESERVED_MEMORY, machine.memory // 2)
    share = Machine(
        int((machine.cores - cores) * 1000 / workspaces) // 5 * 5,  # thousandths, here
        (machine.memory - memory) // workspaces // _STEP * _STEP,
        machine.disk // 2 // workspaces // _STEP * _STEP,
    )
    return {
        **pool,
        "backend": {"type": "existing", "nodes": [NAME], "manageLabels": True},
        "shape": {
            "cpu": machine.cores,
            "memory": f"{machine.memory}Mi",
            "ephemeralStorage": f"{machine.disk}Mi",
            "reserved": {"cpu": f"{int(cores * 1000)}m", "memory": f"{memory}Mi"},
        },
        "size": {"fixed": 1},
        "profiles": [_cut(profile, machine, share) for profile in pool["profiles"]],
    }


def _cut(profile: Mapping[str, Any], machine: Machine, share: Machine) -> dict[str, Any]:
    cpu = _thousandths(profile["cpu"])
    limit = _thousandths(profile.get("cpuLimit", profile["cpu"]))
    memory = min(_mebi(profile["memory"]), share.memory)
    return {
        **profile,
        "cpu": f"{min(cpu, share.cores)}m",
        "cpuLimit": f"{min(limit, machine.cores * 1000)}m",
        "memory": f"{memory}Mi",
        "ephemeralStorage": f"{min(_mebi(profile.get('ephemeralStorage', '10Gi')), share.disk)}Mi",
        "sharedMemory": f"{min(_mebi(profile.get('sharedMemory', '1Gi')), memory // 2)}Mi",
    }


def _tainted(pool: Mapping[str, Any]) -> dict[str, Any]:
    if (pool.get("backend") or {}).get("type") != "simulated":
        return dict(pool)
    taints = [taint for taint in pool.get("taints") or () if taint.get("key") != SIMULATED_TAINT["key"]]
    return {**pool, "taints": [*taints, SIMULATED_TAINT]}


def _thousandths(value: object) -> int:
    return int(parse_quantity(str(value)) * 1000)


def _mebi(value: object) -> int:
    return int(parse_quantity(str(value)) // (1024 * 1024))
