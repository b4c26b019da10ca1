"""A real node as its users see it: up, down, status."""

import contextlib
import dataclasses
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from tools.bootstrap.building import why_not
from tools.cluster import api
from tools.cluster import ports as ports_of
from tools.cluster.layout import Layout as ClusterLayout
from tools.cluster.plan import Plan as ClusterPlan
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.cluster.supervised import Report, Supervised
from tools.node import identities, leftovers, manifests, network
from tools.node.errors import NodeError
from tools.node.layout import Layout
from tools.node.plan import Plan
from tools.node.programs import BINARIES, DOOR
from tools.node.status import NodeStatus, inspect

_MORE_WATCHES = (
    "\nAll watches on files that the machine allows are in use (inotify), by other clusters for instance. Allow more:"
    " sysctl -w fs.inotify.max_user_instances=1024"
)


class Node(Supervised[Layout, NodeStatus]):
    """The real node of one clone's embedded cluster."""

    NAME = "Real node"
    WHAT = "the real node"
    MODULE = "tools.node.supervise"
    ERROR = NodeError
    READY_SECONDS = 600.0

    def __init__(self, directory: Path, binaries: Path, cluster: Path):
        """Names a node; nothing is started.

        Args:
            directory: Everything it writes is under it.
            binaries: Directory with the programs.
            cluster: Directory of the embedded control plane that it joins.
        """
        super().__init__(Layout.of(directory), binaries)
        self._cluster = ClusterLayout.of(cluster)

    def up(
        self, report: Report = print, ports: Sequence[int] = (), registries: Sequence[str] = (), domain: str = ""
    ) -> NodeStatus:
        """Starts the node and waits until it is ready; does nothing if it is.

        Args:
            report: Takes lines about the progress.
            ports: Further ports of 127.0.0.1 that the node and its pods reach, such as the registry's.
            registries: Registries that are asked without TLS: `host:port`.
            domain: The domain of workspaces, for a front door; none without it.

        Raises:
            NodeError: It cannot be started; the message says why, and nothing is left running.
        """
        self.check()
        with self._locked(report):
            api_port = self._api_port()
            old = Plan.read(self.layout)
            wanted = (api_port, *(port for port in ports if port != api_port))
            planned = Plan(self._binaries, self._cluster.directory, wanted, tuple(registries), 0, domain)
            if self._runs_as(planned, old, report):
                return self.status()
            self._end()
            return self._launch(report, lambda: self._join(planned, old, report))

    def down(self, forget: bool = False, delete_data: bool = False, report: Report = print) -> None:
        """Stops the node; no process, mount, network, rule or control group is left. Images and homes are kept.

        Args:
            forget: Whether the cluster is to forget the node, too, if it runs: its pods then go elsewhere.
            delete_data: Whether to remove everything the node has written, homes included.
            report: Takes a line when another command has to be waited for.

        Raises:
            NodeError: It cannot be stopped, or its data cannot be removed.
        """
        if not self.layout.directory.exists():
            return
        with self._locked(report):
            self._end()
            if forget or delete_data:
                self._forget()
            if delete_data:
                self.layout.remove()

    def status(self) -> NodeStatus:
        """Returns what it is doing now."""
        return inspect(self.layout)

    def check(self) -> None:
        """Checks that this machine can have a real node.

        Raises:
            NodeError: It cannot, or a program is missing; the message says what to do.
        """
        problem = why_not({**os.environ})
        if problem:
            raise NodeError(f"A real node {problem.partition(', or')[0]}. Without one nodes are simulated: make up")
        self._check_binaries(BINARIES, "node")
        for program, package in (("ip", "iproute2"), ("mount", "mount")):
            if shutil.which(program) is None:
                raise NodeError(f"The program {program} is missing: install the package {package} of your system.")

    def _join(self, planned: Plan, old: Plan | None, report: Report) -> None:
        """Chooses addresses and starts the supervisor; returns once it has taken them, or is not going to."""
        with network.choosing(lambda: report("Real node: waiting for another clone's, which is starting")):
            addresses = network.choose(old.index if old else None, network.taken_networks())
            door = self._choose_door(old) if planned.domain else 0
            planned = dataclasses.replace(planned, index=addresses.index, door=door).with_fingerprint(self.layout)
            planned.write(self.layout)
            identities.ensure(planned.pki, self.layout, addresses, planned.ports[0])
            report(f"Real node: starting in {self.layout.directory}")
            self._supervise()
            while not self.layout.first_process.exists() and (record := Record.read(self.layout)):
                if not is_alive(record.supervisor):
                    break
                time.sleep(0.05)

    def _api_port(self) -> int:
        planned = ClusterPlan.read(self._cluster)
        if planned is None or not self._cluster.kubeconfig.exists():
            raise NodeError(
                "The embedded cluster does not run, which the node joins. Start both: `make up CLUSTER=node`"
            )
        return planned.ports["kube-apiserver"]

    def _choose_door(self, old: Plan | None) -> int:
        with self._told():
            return ports_of.choose({DOOR: old.door} if old else {}, names=(DOOR,))[DOOR]

    def _runs_as(self, planned: Plan, old: Plan | None, report: Report) -> bool:
        record = Record.read(self.layout)
        if old is None or record is None or not is_alive(record.supervisor):
            return False
        wanted = dataclasses.replace(planned, index=old.index, door=old.door if planned.domain else 0)
        if record.fingerprint != wanted.with_fingerprint(self.layout).fingerprint:
            report("Real node: starting anew, because its programs or its configuration have changed")
            return False
        if record.phase == "starting":  # by an `up` that was killed
            with contextlib.suppress(NodeError):
                self._wait_until_ready(report)
        status = self.status()
        if status.state != "running":
            report(f"Real node: starting anew, because of this: {status.message or status.state}")
        return status.state == "running"

    def _ready_line(self, status: NodeStatus) -> str:
        return f"{status.name} at {status.address}"

    def _advice(self, why: str) -> str:
        return _MORE_WATCHES if "too many open files" in why else ""

    def _end(self) -> None:
        super()._end()
        old = Plan.read(self.layout)
        leftovers.remove(self.layout, old.addresses if old else None)

    def _forget(self) -> None:
        """Takes the node and what only runs on it out of the cluster, if that runs."""
        planned, pki = ClusterPlan.read(self._cluster), self._cluster.pki
        if planned is None or not self._cluster.kubeconfig.exists():
            return
        try:
            context = api.administrator_context(pki)
            for path in manifests.REMOVED:
                api.remove(planned.ports["kube-apiserver"], path, context)
        except OSError as error:
            raise NodeError(f"The cluster goes on knowing the node: {error}") from error
