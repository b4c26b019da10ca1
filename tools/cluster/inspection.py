"""Finds out what a cluster is doing now."""

from tools.cluster import api, components, told
from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus, Status


def inspect(layout: Layout) -> Status:
    """Returns the status of a cluster, from what its supervisor wrote down, its processes, and its API."""
    planned, record = Plan.read(layout), Record.read(layout)
    server = components.server(planned.ports) if planned else ""
    if planned is None or record is None or not is_alive(record.supervisor):
        stopped, message = told.stopped(components.NAMES), told.last_failure(record)
        return Status("stopped", stopped, server, layout.kubeconfig, "", message)
    found = told.components(record)
    message = _what_is_wrong(layout, planned, record, found)
    return Status("degraded" if message else "running", found, server, layout.kubeconfig, record.version, message)


def _what_is_wrong(layout: Layout, planned: Plan, record: Record, found: tuple[ComponentStatus, ...]) -> str:
    if record.phase == "starting":
        return f"starting: waiting for {record.progress or 'the supervisor'}"
    if record.phase != "ready":
        return record.message or record.phase
    absent = told.missing(found)
    absent += [f"{component.name} has just ended" for component in found if not component.pid and not absent]
    if record.message or absent:
        return record.message or ", ".join(absent)
    try:
        context = api.administrator_context(layout.pki)
    except OSError as error:
        return f"a certificate in {layout.pki} cannot be read: {error}"
    if not api.answers(planned.ports["kube-apiserver"], "/readyz", context):
        return f"the API server at {components.server(planned.ports)} does not answer"
    return ""
