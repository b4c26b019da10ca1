"""What a supervisor's record tells of its programs, whatever they are."""

from collections.abc import Iterable

from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus


def components(record: Record) -> tuple[ComponentStatus, ...]:
    """Returns the programs of a supervisor that lives."""
    return tuple(
        ComponentStatus(
            part.name, part.process.pid if part.process and is_alive(part.process) else 0, part.state, part.restarts
        )
        for part in record.components
    )


def stopped(names: Iterable[str]) -> tuple[ComponentStatus, ...]:
    """Returns programs that do not run."""
    return tuple(ComponentStatus(name, 0, "stopped", 0) for name in names)


def last_failure(record: Record | None) -> str:
    """Returns why the last start failed; empty if it did not."""
    return f"The last start failed: {record.message}" if record and record.phase == "failed" else ""


def under_way(record: Record) -> str:
    """Returns what the supervisor says of itself while not everything is ready; empty if it is."""
    if record.phase == "starting":
        return f"starting: waiting for {record.progress or 'the supervisor'}"
    return record.message or record.phase if record.phase != "ready" or record.message else ""


def missing(found: Iterable[ComponentStatus]) -> list[str]:
    """Returns what is wrong with programs that do not run."""
    return [f"{part.name} is {part.state}" for part in found if part.state != "running"]
