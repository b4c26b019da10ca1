"""What is known of a cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

State = Literal["running", "degraded", "stopped"]


class ComponentStatus(NamedTuple):
    """One program of the control plane.

    Attributes:
        name: Name of the program.
        pid: Its process id; 0 while it does not run.
        state: "running", "restarting" (it ended and will be started again), "failed" (given up) or "stopped".
        restarts: How often it was started again since the cluster's start.
    """

    name: str
    pid: int
    state: str
    restarts: int


@dataclass(frozen=True)
class Status:
    """A cluster at one moment.

    Attributes:
        state: "running": every component runs and the API serves; "degraded": it is up, but not all of it works;
            "stopped": nothing runs.
        components: The components in the order of their start.
        server: Address of the API server; empty before the first start.
        kubeconfig: Path of the administrator's kubeconfig; the file exists only while the API serves.
        version: Version of Kubernetes, such as v1.36.4; empty while unknown.
        message: Why the cluster is degraded, or why the last start failed; else empty.
    """

    state: State
    components: tuple[ComponentStatus, ...]
    server: str
    kubeconfig: Path
    version: str = ""
    message: str = ""

    def as_json(self) -> dict:
        """Returns the status as plain values."""
        return {
            "state": self.state,
            "components": [component._asdict() for component in self.components],
            "server": self.server,
            "kubeconfig": str(self.kubeconfig),
            "version": self.version,
            "message": self.message,
        }
