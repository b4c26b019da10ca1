"""After a run that was killed: remove what it left in the way, and say that its objects are to be adopted.

A killed CLI leaves a lock in the backend, perhaps plugins that still work, perhaps pending operations in the state,
and objects in the cluster that the state does not know. Nothing here touches what belongs to a live process or to
another machine.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.stack import locks, processes
from tools.stack.layout import Layout
from tools.stack.locks import Owner
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.pulumi import PROJECT, Pulumi
from tools.stack.pulumi import end_leftovers as end_run


def interrupted(layout: Layout, stack: str) -> bool:
    """Whether an earlier run on the stack was killed (or is still at work)."""
    return layout.marker(stack).exists()


def repair_backend(layout: Layout, stack: str, environment: Mapping[str, str], progress: Progress) -> None:
    """Make a file backend readable again after a run was killed while it wrote; before anything asks Pulumi.

    The state itself is replaced at one stroke, but the small files beside it (`*.attrs`, checksums that nothing needs)
    are not: one that was cut off makes every later command fail with "EOF".
    """
    backend = locks.local_backend(environment.get("PULUMI_BACKEND_URL", ""), layout.root)
    if backend is None or not interrupted(layout, stack) or _at_work(_read_marker(layout.marker(stack))):
        return
    for path in sorted((backend / ".pulumi").rglob("*.attrs")):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            path.unlink()
            progress.note(f"removed {path.name}, which the interrupted run had not finished writing")
    for path in layout.stacks.glob(f".{stack}.*.events"):
        path.unlink()


def clear(layout: Layout, pulumi: Pulumi, progress: Progress) -> bool:
    """Clean up after a killed run.

    Returns:
        Whether there was one, so that the next update must adopt what exists.

    Raises:
        StackProblem: The run is still at work, or a lock is not ours to remove.
    """
    stack = pulumi.stack
    marked = interrupted(layout, stack)
    if marked:
        _end_leftovers(layout.marker(stack), stack, progress)
    removed = _remove_dead_locks(layout, pulumi, progress)
    if not (marked or removed):
        return False
    pending = pulumi.forget_pending_operations()
    if pending:
        progress.note(f"cleared {pending} pending operation(s) of the interrupted run")
    return True


def end_leftovers(layout: Layout, stack: str, progress: Progress) -> None:
    """End the processes of a killed run, if there was one and its CLI is gone."""
    if interrupted(layout, stack):
        _end_leftovers(layout.marker(stack), stack, progress)


def finished(layout: Layout, stack: str) -> None:
    """The interrupted run has been made good."""
    layout.marker(stack).unlink(missing_ok=True)


def _end_leftovers(marker: Path, stack: str, progress: Progress) -> None:
    run = _read_marker(marker)
    pid = run.get("pid")
    if _at_work(run):
        raise StackProblem(
            f'Pulumi (process {pid}) is still at work on stack "{stack}": `make {run.get("command", "up")}` was ended,'
            f" but not Pulumi.\nWait until it has finished, or stop it in good order: kill -INT {pid}"
        )
    progress.note(f"the last run on this stack (`{run.get('command', 'up')}`) was interrupted")
    name = run.get("run")
    left = end_run(name) if isinstance(name, str) and name else []
    if left:
        progress.note(f"ended {len(left)} process(es) that it left: {', '.join(map(str, left))}")


def _at_work(run: Mapping[str, Any]) -> bool:
    pid, began = run.get("pid"), run.get("started")
    if not isinstance(pid, int) or not processes.alive(pid):
        return False
    now = processes.started_at(pid)
    if now is None or not isinstance(began, (int, float)):
        return True  # cannot be told: the cautious answer
    return abs(now - began) <= locks.CLOCK_SLACK


def _remove_dead_locks(layout: Layout, pulumi: Pulumi, progress: Progress) -> int:
    backend = locks.local_backend(pulumi.environment.get("PULUMI_BACKEND_URL", ""), layout.root)
    if backend is None:
        return 0
    removed = 0
    for lock in locks.read_locks(backend, PROJECT, pulumi.stack):
        if lock.owner is not Owner.DEAD:
            raise StackProblem(_held(lock, pulumi.stack))
        lock.remove()
        removed += 1
        progress.note(f"removed the lock of a run that is dead ({lock})")
    return removed


def _held(lock: locks.Lock, stack: str) -> str:
    if lock.owner is Owner.ALIVE:
        return (
            f'Stack "{stack}" is locked by a Pulumi run that is still at work: {lock}.\n'
            f"Wait until it has finished, or stop it in good order: kill -INT {lock.pid}"
        )
    why = (
        "on another machine, so whether it still works cannot be told from here"
        if lock.owner is Owner.ELSEWHERE
        else "by something that Slate does not understand"
    )
    return (
        f'Stack "{stack}" is locked {why}: {lock}.\n'
        f'If you are sure that it is dead, remove the lock: make pulumi STACK={stack} ARGS="cancel --yes"'
    )


def _read_marker(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
