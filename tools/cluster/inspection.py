"""Finds out what a cluster is doing now."""

from tools.cluster import api, components
from tools.cluster.layout import Layout
from tools.cluster.plan import ADMINISTRATOR, Plan
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus, Status


def inspect(layout: Layout) -> Status:
    """Returns the status of a cluster, from what its supervisor wrote down, its processes, and its API."""
    planned, record = Plan.read(layout), Record.read(layout)
    server = components.server(planned.ports) if planned else ""
    if planned is None or record is None or not is_alive(record.supervisor):
        stopped = tuple(ComponentStatus(name, 0, "stopped", 0) for name in components.NAMES)
        message = f"The last start failed: {record.message}" if record and record.phase == "failed" else ""
        return Status("stopped", stopped, server, layout.kubeconfig, "", message)
    found = tuple(
        ComponentStatus(
            component.name,
            component.process.pid if component.process and is_alive(component.process) else 0,
            component.state,
            component.restarts,
        )
        for component in record.components
    )
    message = _what_is_wrong(layout, planned, record, found)
    return Status("degraded" if message else "running", found, server, layout.kubeconfig, record.version, message)


def _what_is_wrong(layout: Layout, planned: Plan, record: Record, found: tuple[ComponentStatus, ...]) -> str:
    if record.phase == "starting":
        return f"starting: waiting for {record.progress or 'the supervisor'}"
    if record.phase != "ready":
        return record.message or record.phase
    absent = [f"{component.name} is {component.state}" for component in found if component.state != "running"]
    absent += [f"{component.name} has just ended" for component in found if not component.pid and not absent]
    if record.message or absent:
        return record.message or ", ".join(absent)
    try:
        context = api.client_context(
            layout.pki / "cluster-authority.crt",
            layout.pki / f"{ADMINISTRATOR}.crt",
            layout.pki / f"{ADMINISTRATOR}.key",
        )
    except OSError as error:
        return f"a certificate in {layout.pki} cannot be read: {error}"
    if not api.answers(planned.ports["kube-apiserver"], "/readyz", context):
        return f"the API server at {components.server(planned.ports)} does not answer"
    return ""
