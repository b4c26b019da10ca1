"""What is known of the programs that measure and alert."""

from dataclasses import dataclass

from tools.cluster import told
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus, State
from tools.observability import health
from tools.observability.layout import Layout
from tools.observability.plan import Plan
from tools.observability.programs import ALERTMANAGER, PROMETHEUS


@dataclass(frozen=True)
class ObservabilityStatus:
    """The programs at one moment.

    Attributes:
        state: "running": every program works; "degraded": not all do; "stopped": none runs.
        components: The programs.
        prometheus: Prometheus' address, such as http://127.0.0.1:20001; empty before its first start.
        alertmanager: Alertmanager's address; empty before its first start.
        message: What is wrong; else empty.
    """

    state: State
    components: tuple[ComponentStatus, ...]
    prometheus: str
    alertmanager: str
    message: str = ""

    def as_json(self) -> dict:
        """Returns the status as plain values."""
        return {
            "state": self.state,
            "components": [component._asdict() for component in self.components],
            "prometheus": self.prometheus,
            "alertmanager": self.alertmanager,
            "message": self.message,
        }


def inspect(layout: Layout) -> ObservabilityStatus:
    """Returns the status, from what the supervisor wrote down, its processes, and the programs' answers."""
    planned, record = Plan.read(layout), Record.read(layout)
    prometheus, alertmanager = (
        f"http://127.0.0.1:{planned.ports[name]}" if planned else "" for name in (PROMETHEUS, ALERTMANAGER)
    )
    if planned is None or record is None or not is_alive(record.supervisor):
        names = [program.name for program in planned.programs] if planned else []
        stopped = told.stopped(names)
        message = told.last_failure(record)
        return ObservabilityStatus("stopped", stopped, prometheus, alertmanager, message)
    found = told.components(record)
    message = _what_is_wrong(planned, record, found)
    return ObservabilityStatus("degraded" if message else "running", found, prometheus, alertmanager, message)


def _what_is_wrong(planned: Plan, record: Record, found: tuple[ComponentStatus, ...]) -> str:
    if said := told.under_way(record):
        return said
    wrong = told.missing(found)
    wrong += [f"{program.name} does not answer" for program in planned.programs if not health.answers(program)]
    return ", ".join(wrong)
