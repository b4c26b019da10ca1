"""What is known of the local services."""

from dataclasses import dataclass
from pathlib import Path

from tools.cluster import told
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus, State
from tools.local import health, services
from tools.local.layout import BUILDER, Layout
from tools.local.plan import Plan


@dataclass(frozen=True)
class LocalStatus:
    """The local services at one moment.

    Attributes:
        state: "running": every service that was asked for answers; "degraded": not all do; "stopped": none runs.
        components: The services that were asked for.
        registry: Address of the registry, such as `127.0.0.1:20001`; empty before its first start.
        mirror: Base URL of the conda mirror; empty before its first start.
        builder: Name of the builder if it runs, else None.
        docker_config: The DOCKER_CONFIG in which that builder is known.
        message: What is wrong; else empty.
    """

    state: State
    components: tuple[ComponentStatus, ...]
    registry: str
    mirror: str
    builder: str | None
    docker_config: Path
    message: str = ""

    def as_json(self) -> dict:
        """Returns the status as plain values."""
        return {
            "state": self.state,
            "components": [component._asdict() for component in self.components],
            "registry": self.registry,
            "mirror": self.mirror,
            "builder": self.builder,
            "docker_config": str(self.docker_config),
            "message": self.message,
        }


def inspect(layout: Layout) -> LocalStatus:
    """Returns the status, from what the supervisor wrote down, its processes, and the services' answers."""
    planned, record = Plan.read(layout), Record.read(layout)
    asked_for = planned.services if planned else ()
    ports = planned.ports if planned else {}
    registry = f"127.0.0.1:{ports[services.REGISTRY]}" if ports else ""
    mirror = f"http://127.0.0.1:{ports[services.MIRROR]}" if ports else ""
    if planned is None or record is None or not is_alive(record.supervisor):
        stopped = told.stopped(asked_for)
        message = told.last_failure(record)
        return LocalStatus("stopped", stopped, registry, mirror, None, layout.docker_config, message)
    found = told.components(record)
    message = _what_is_wrong(layout, planned, record, found)
    builder = BUILDER if services.BUILDKIT in planned.services else None
    state: State = "degraded" if message else "running"
    return LocalStatus(state, found, registry, mirror, builder, layout.docker_config, message)


def _what_is_wrong(layout: Layout, planned: Plan, record: Record, found: tuple[ComponentStatus, ...]) -> str:
    if said := told.under_way(record):
        return said
    wrong = told.missing(found)
    wrong += [f"{name} does not answer" for name in planned.services if not health.answers(name, layout, planned.ports)]
    return ", ".join(wrong)
