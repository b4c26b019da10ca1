"""The cluster as its users see it: up, down, status."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.cluster import components, plan, ports
from tools.cluster.errors import ClusterError
from tools.cluster.files import lock
from tools.cluster.inspection import inspect
from tools.cluster.launcher import end_processes, launch
from tools.cluster.layout import Layout
from tools.cluster.plan import Plan
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.status import Status

READY_SECONDS = 300.0  # the supervisor itself gives up earlier, and says why
RECOVERY_SECONDS = 20.0


class Cluster:
    """One embedded cluster in one directory.

    Attributes:
        kubeconfig: Path of the administrator's kubeconfig (mode 0600); the file exists only while the API serves.
    """

    def __init__(self, directory: Path, binaries: Path):
        """Names a cluster; nothing is started.

        Args:
            directory: Everything the cluster writes is under it.
            binaries: Directory with etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok.
        """
        self._layout = Layout.of(directory)
        self._binaries = Path(os.path.abspath(binaries.expanduser()))  # noqa: PTH100 (links to tools stay links)
        self.kubeconfig = self._layout.kubeconfig

    def up(self, report: Callable[[str], None] = print, port: int | None = None) -> Status:
        """Starts the cluster and waits until it is ready; does nothing if it is.

        A cluster that runs but is damaged, or runs older programs than there are now, is started anew with its data.

        Args:
            report: Takes lines about the progress.
            port: Port of the API server; by default the one of the last start, or a free one.

        Raises:
            ClusterError: It cannot be started; the message says why, and the cluster is stopped.
        """
        self._layout.check()
        self._check_binaries()
        with self._locked(report):
            if self._runs_as_planned(report, port):
                return self.status()
            end_processes(self._layout)
            chosen = self._choose_ports(report, port)
            renew_at = plan.prepare(self._layout, chosen).timestamp()
            fingerprint = plan.fingerprint(self._layout, chosen, self._binaries)
            Plan(self._binaries, chosen, renew_at, fingerprint).write(self._layout)
            report(f"Embedded cluster: starting in {self._layout.directory}")
            try:
                launch(self._layout)
                return self._wait_until_ready(report)
            except BaseException:
                record = Record.read(self._layout)
                end_processes(self._layout)
                if record is not None and record.phase == "failed":
                    record.write(self._layout)  # so that `status` goes on saying why
                raise

    def down(self, delete_data: bool = False, report: Callable[[str], None] = print) -> None:
        """Stops the cluster; no process is left. Its objects are kept for the next `up`.

        Args:
            delete_data: Whether to remove everything the cluster has written, too.
            report: Takes a line when another command has to be waited for.

        Raises:
            ClusterError: The directory is another user's or no cluster's, or cannot be removed.
        """
        self._layout.check()
        if not self._layout.command_lock.exists():
            return
        with self._locked(report):
            end_processes(self._layout)
            if delete_data:
                self._layout.remove()

    def status(self) -> Status:
        """Returns what the cluster is doing now.

        Raises:
            ClusterError: The directory is another user's or no cluster's.
        """
        self._layout.check()
        return inspect(self._layout)

    def _check_binaries(self) -> None:
        if not sys.platform.startswith("linux"):
            raise ClusterError(
                "The embedded cluster needs Linux. Elsewhere use a cluster of your own: `make up CLUSTER=kubeconfig`."
            )
        missing = [name for name in components.NAMES if not os.access(self._binaries / name, os.X_OK)]
        if missing:
            raise ClusterError(
                f"Missing in {self._binaries}: {', '.join(missing)}. "
                "Run `python3 -m tools.bootstrap ensure` to get them, or give their directory with --binaries."
            )

    @contextlib.contextmanager
    def _locked(self, report: Callable[[str], None]) -> Iterator[None]:
        def waiting() -> None:
            report("Embedded cluster: waiting for another `up` or `down` of this cluster to finish")

        # The other one may be a `down --delete-data`: the directory is made again when it has gone.
        with lock(self._layout.command_lock, waiting, self._layout.claim):
            self._layout.prepare()
            yield

    def _runs_as_planned(self, report: Callable[[str], None], port: int | None) -> bool:
        """Returns whether the cluster runs, complete, and as `up` would start it now; waits for what is under way."""
        record, planned = Record.read(self._layout), Plan.read(self._layout)
        if record is None or planned is None or not is_alive(record.supervisor):
            return False
        if port is not None and port != planned.ports["kube-apiserver"]:
            report(f"Embedded cluster: starting anew, on port {port}")
            return False
        if record.fingerprint != plan.fingerprint(self._layout, planned.ports, self._binaries):
            report("Embedded cluster: starting anew, because its programs or its configuration have changed")
            return False
        if record.phase == "starting":  # by an `up` that was killed
            with contextlib.suppress(ClusterError):
                self._wait_until_ready(report)
        deadline = time.monotonic() + RECOVERY_SECONDS
        status = self.status()
        while status.state == "degraded" and "failed" not in {component.state for component in status.components}:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
            status = self.status()
        if status.state != "running":
            report(f"Embedded cluster: starting anew, because of this: {status.message or status.state}")
        return status.state == "running"

    def _choose_ports(self, report: Callable[[str], None], port: int | None) -> dict[str, int]:
        planned = Plan.read(self._layout)
        remembered = planned.ports if planned else {}
        chosen = ports.choose(remembered, port)
        before, now = remembered.get("kube-apiserver"), chosen["kube-apiserver"]
        if before is not None and before != now and port is None:
            report(
                f"Embedded cluster: port {before} is taken, so the API server moves to port {now}; "
                f"{self.kubeconfig} is written anew"
            )
        return chosen

    def _wait_until_ready(self, report: Callable[[str], None]) -> Status:
        began, said = time.monotonic(), ""
        while time.monotonic() - began < READY_SECONDS:
            record = Record.read(self._layout)
            if record is None or not is_alive(record.supervisor):
                why = record.message if record and record.message else "its supervisor ended"
                raise ClusterError(f"The embedded cluster did not start: {why}\nLogs: {self._layout.logs}")
            if record.phase == "ready":
                status = self.status()
                seconds = time.monotonic() - began
                report(f"Embedded cluster: ready after {seconds:.1f} s, Kubernetes {status.version} at {status.server}")
                return status
            if record.progress and record.progress != said:
                said = record.progress
                report(f"Embedded cluster: {time.monotonic() - began:4.1f} s  waiting for {said}")
            time.sleep(0.05)
        raise ClusterError(f"The embedded cluster was not ready after {READY_SECONDS:.0f} s. Logs: {self._layout.logs}")
