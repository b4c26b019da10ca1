"""From a fault to a workspace that is usable again: seconds, for each kind of fault.

Usable is what its user sees: JupyterLab's page through the front door, from a JupyterLab that was started after the
fault. Each fault meets a workspace that has just been woken, so that no restart is delayed for the sake of an earlier
one. Needs root on Linux; a hung JupyterLab takes more than five minutes, by decision (docs/benchmarks.md).
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bench import measure
from tools.bench.fleet import say
from tools.bench.real_workspaces import NAMESPACE, Door, Workspaces, check_machine, load, running, wait
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.node.plan import Plan

NAME = "one"
PAUSE = 0.02
ASK_SECONDS = 1.0
GOAL_SECONDS = 600.0
"""`serviceLevels.selfHealingMinutes`: an outage that ends by itself within it counts as healed."""


def pod_deleted(workspaces: Workspaces) -> None:
    """Someone deletes the pod, with the time it has to end."""
    workspaces.core.delete_namespaced_pod(f"{NAME}-0", NAMESPACE)


def container_killed(workspaces: Workspaces) -> None:
    """The kernel ends the container's first process, as it does when memory runs out."""
    os.kill(process(workspaces.processes(NAME), "tini"), signal.SIGKILL)


def ide_ended(workspaces: Workspaces) -> None:
    """JupyterLab itself ends; what supervises it inside the container goes on."""
    os.kill(process(workspaces.processes(NAME), "start_jupyterlab.py"), signal.SIGKILL)


def ide_hung(workspaces: Workspaces) -> None:
    """JupyterLab goes on holding its port and answers nothing."""
    os.kill(process(workspaces.processes(NAME), "start_jupyterlab.py"), signal.SIGSTOP)


def node_stopped(workspaces: Workspaces) -> None:
    """The node loses power with everything on it, and is switched on again at once."""
    layout = workspaces.node.layout
    record, plan = Record.read(layout), Plan.read(layout)
    supervisor = record.supervisor if record else None
    if supervisor is None or plan is None:
        raise measure.MeasureError("the real node does not run")
    os.kill(supervisor.pid, signal.SIGKILL)
    wait(lambda: not is_alive(supervisor), "the node's supervisor to end")
    root = workspaces.clone.root
    words = [*(f"--port={port}" for port in plan.ports), *(f"--registry={host}" for host in plan.registries)]
    command = [str(root / ".slate/venv/bin/python"), "-m", "tools.node", "up", f"--domain={plan.domain}", *words]
    measure.run(command, cwd=root, environment=workspaces.environment, tell=lambda line: say(f"  {line}"))


SLOW = "IDE process hung"
FAULTS: Mapping[str, Callable[[Workspaces], None]] = {
    "pod deleted": pod_deleted,
    "container killed": container_killed,
    "IDE process ended": ide_ended,
    "node stopped": node_stopped,
    SLOW: ide_hung,
}


def process(processes: Mapping[int, str], program: str) -> int:
    """The id of the one process that has the program in its command line, not counting what it has started.

    Raises:
        measure.MeasureError: There is none.
    """
    found = sorted(pid for pid, line in processes.items() if program in " ".join(line.split()[:3]))
    if not found:
        raise measure.MeasureError(f"no process {program} among {sorted(processes.values())}")
    return found[0]


def started(door: Door) -> str:
    """When the JupyterLab that answers was started, in its own words; empty without an answer."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        status, body = door.get("/api/status", ASK_SECONDS)
        if status == 200:
            return json.loads(body)["started"]
    return ""


def usable_again(door: Door, before: str) -> bool:
    """Whether another JupyterLab than the one from before answers, with its page."""
    now = started(door)
    return bool(now) and now != before and door.usable(ASK_SECONDS)


def recover(workspaces: Workspaces, fault: Callable[[Workspaces], None]) -> float:
    """Make a fault and wait; returns the seconds until the workspace is usable again.

    Raises:
        measure.MeasureError: It never is.
    """
    workspaces.put_to_sleep(NAME)
    workspaces.scale(NAME, 1)
    door = workspaces.door(NAME)
    wait(lambda: workspaces.ready(NAME) and door.usable(), f"{NAME} to be ready")
    before = started(door)
    began = time.monotonic()
    fault(workspaces)
    ended = wait(lambda: usable_again(door, before), f"{NAME} to be usable again", pause=PAUSE)
    door.close()
    return ended - began


def verdict(found: Mapping[str, Sequence[float]], loads: float) -> str:
    """The result line.

    Args:
        found: Seconds of each kind of fault.
        loads: The machine's load at the end.
    """
    medians = {kind: round(statistics.median(times), 2) for kind, times in found.items()}
    slowest = max(medians, key=lambda kind: medians[kind])
    return measure.result(
        "recovery",
        medians[slowest],
        "s",
        against=GOAL_SECONDS,
        goal=f"healed within {GOAL_SECONDS:g} s (selfHealingMinutes), a stopped node being switched on again",
        met=medians[slowest] <= GOAL_SECONDS,
        slowest=slowest,
        seconds=medians,
        rounds={kind: [round(value, 2) for value in times] for kind, times in found.items()},
        load=loads,
    )


def run(workspaces: Workspaces, kinds: Sequence[str], rounds: int) -> str:
    """Make each fault as often as asked for; a hung JupyterLab once.

    Raises:
        measure.MeasureError: The workspace does not come back.
    """
    found: dict[str, list[float]] = {}
    for kind in kinds:
        for turn in range(1 if kind == SLOW else rounds):
            say(f"{kind} ({turn + 1})" + (": takes more than five minutes" if kind == SLOW else ""))
            found.setdefault(kind, []).append(recover(workspaces, FAULTS[kind]))
            say(f"{kind}: usable again after {found[kind][-1]:.2f} s")
    return verdict(found, load())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.recovery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each fault but the hung IDE (default %(default)s)")
    parser.add_argument("--fault", action="append", choices=list(FAULTS), help="only this one; several times")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the clone there, for the next benchmark")
    given = parser.parse_args()
    check_machine("recovery")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with running([NAME], given.keep) as workspaces:
        line = run(workspaces, given.fault or list(FAULTS), given.rounds)
    print(line)


if __name__ == "__main__":
    try:
        main()
    except measure.MeasureError as error:
        sys.exit(f"recovery: {error}")
    except KeyboardInterrupt:
        sys.exit("recovery: interrupted")
