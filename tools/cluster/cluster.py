"""The cluster as its users see it: up, down, status."""

import contextlib
import sys
from pathlib import Path

from tools.cluster import components, plan, ports
from tools.cluster.errors import ClusterError
from tools.cluster.inspection import inspect
from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import Status
from tools.cluster.supervised import Report, Supervised

RECOVERY_SECONDS = 20.0


class Cluster(Supervised[Layout, Status]):
    """One embedded cluster in one directory.

    Attributes:
        kubeconfig: Path of the administrator's kubeconfig (mode 0600); the file exists only while the API serves.
    """

    NAME = "Embedded cluster"
    WHAT = "the embedded cluster"
    MODULE = "tools.cluster.supervise"
    ERROR = ClusterError

    def __init__(self, directory: Path, binaries: Path):
        """Names a cluster; nothing is started.

        Args:
            directory: Everything the cluster writes is under it.
            binaries: Directory with etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok.
        """
        super().__init__(Layout.of(directory), binaries)
        self.kubeconfig = self.layout.kubeconfig

    def up(self, report: Report = print, port: int | None = None) -> Status:
        """Starts the cluster and waits until it is ready; does nothing if it is.

        A cluster that runs but is damaged, or runs older programs than there are now, is started anew with its data.

        Args:
            report: Takes lines about the progress.
            port: Port of the API server; by default the one of the last start, or a free one.

        Raises:
            ClusterError: It cannot be started; the message says why, and the cluster is stopped.
        """
        self.layout.check()
        self._check_machine()
        with self._locked(report):
            if self._runs_as_planned(report, port):
                return self.status()
            self._end()
            chosen = self._choose_ports(report, port)
            renew_at = plan.prepare(self.layout, chosen).timestamp()
            fingerprint = plan.fingerprint(self.layout, chosen, self._binaries)
            Plan(self._binaries, chosen, renew_at, fingerprint).write(self.layout)
            report(f"Embedded cluster: starting in {self.layout.directory}")
            return self._launch(report)

    def down(self, delete_data: bool = False, report: Report = print) -> None:
        """Stops the cluster; no process is left. Its objects are kept for the next `up`.

        Args:
            delete_data: Whether to remove everything the cluster has written, too.
            report: Takes a line when another command has to be waited for.

        Raises:
            ClusterError: The directory is another user's or no cluster's, or cannot be removed.
        """
        self.layout.check()
        if not self.layout.command_lock.exists():
            return
        with self._locked(report):
            self._end()
            if delete_data:
                self.layout.remove()

    def status(self) -> Status:
        """Returns what the cluster is doing now.

        Raises:
            ClusterError: The directory is another user's or no cluster's.
        """
        self.layout.check()
        return inspect(self.layout)

    def _check_machine(self) -> None:
        if not sys.platform.startswith("linux"):
            raise ClusterError(
                "The embedded cluster needs Linux. Elsewhere use a cluster of your own: `make up CLUSTER=kubeconfig`."
            )
        self._check_binaries(components.NAMES, "")

    def _runs_as_planned(self, report: Report, port: int | None) -> bool:
        """Returns whether the cluster runs, complete, and as `up` would start it now; waits for what is under way."""
        record, planned = Record.read(self.layout), Plan.read(self.layout)
        if record is None or planned is None or not is_alive(record.supervisor):
            return False
        if port is not None and port != planned.ports["kube-apiserver"]:
            report(f"Embedded cluster: starting anew, on port {port}")
            return False
        if record.fingerprint != plan.fingerprint(self.layout, planned.ports, self._binaries):
            report("Embedded cluster: starting anew, because its programs or its configuration have changed")
            return False
        if record.phase == "starting":  # by an `up` that was killed
            with contextlib.suppress(ClusterError):
                self._wait_until_ready(report)
        status = self._settled(RECOVERY_SECONDS)
        if status.state != "running":
            report(f"Embedded cluster: starting anew, because of this: {status.message or status.state}")
        return status.state == "running"

    def _choose_ports(self, report: Report, port: int | None) -> dict[str, int]:
        planned = Plan.read(self.layout)
        remembered = planned.ports if planned else {}
        chosen = ports.choose(remembered, port)
        before, now = remembered.get("kube-apiserver"), chosen["kube-apiserver"]
        if before is not None and before != now and port is None:
            report(
                f"Embedded cluster: port {before} is taken, so the API server moves to port {now}; "
                f"{self.kubeconfig} is written anew"
            )
        return chosen

    def _ready_line(self, status: Status) -> str:
        return f"Kubernetes {status.version} at {status.server}"
