"""What is known of a real node."""

from dataclasses import dataclass

from tools.cluster import api, told
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import ComponentStatus, State
from tools.node.configuration import NAME
from tools.node.layout import Layout
from tools.node.manifests import NODE_PATH
from tools.node.plan import Plan
from tools.node.programs import NAMES


@dataclass(frozen=True)
class NodeStatus:
    """A node at one moment.

    Attributes:
        state: "running", "degraded" or "stopped".
        components: Its programs.
        name: The node's name in the cluster.
        address: Its address; empty before its first start.
        pods: The network of its pods; empty before its first start.
        message: What is wrong; else empty.
        door: Port of the front door on 127.0.0.1; 0: there is none.
    """

    state: State
    components: tuple[ComponentStatus, ...]
    name: str
    address: str
    pods: str
    message: str = ""
    door: int = 0

    def as_json(self) -> dict:
        """Returns the status as plain values."""
        return {
            "state": self.state,
            "components": [component._asdict() for component in self.components],
            "name": self.name,
            "address": self.address,
            "pods": self.pods,
            "message": self.message,
            "door": self.door,
        }


def inspect(layout: Layout) -> NodeStatus:
    """Returns the status, from what the supervisor wrote down, its processes, and the API server."""
    planned, record = Plan.read(layout), Record.read(layout)
    address, pods = (planned.addresses.node, planned.addresses.pods) if planned else ("", "")
    if planned is None or record is None or not is_alive(record.supervisor):
        stopped = told.stopped(NAMES if planned else ())
        message = told.last_failure(record)
        return NodeStatus("stopped", stopped, NAME, address, pods, message)
    found = told.components(record)
    message = _what_is_wrong(planned, record, found)
    return NodeStatus("degraded" if message else "running", found, NAME, address, pods, message, planned.door)


def _what_is_wrong(planned: Plan, record: Record, found: tuple[ComponentStatus, ...]) -> str:
    if said := told.under_way(record):
        return said
    wrong = told.missing(found)
    return ", ".join(wrong) or _what_the_cluster_says(planned)


def _what_the_cluster_says(planned: Plan) -> str:
    try:
        context = api.administrator_context(planned.pki)
    except OSError as error:
        return f"a certificate in {planned.pki} cannot be read: {error}"
    return "" if api.answers(planned.ports[0], NODE_PATH, context) else "the cluster does not know the node"
