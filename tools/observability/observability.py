"""What measures and alerts as its users see it: up, down, status."""

import json
from collections.abc import Mapping
from pathlib import Path

from tools.cluster import ports as ports_of
from tools.cluster.files import write_atomically
from tools.cluster.layout import Layout as ClusterLayout
from tools.cluster.record import Record
from tools.cluster.supervised import Report, Supervised
from tools.observability import companions, configuration, identities, programs, reloading
from tools.observability.declared import REMEDIATE, Declared
from tools.observability.errors import ObservabilityError
from tools.observability.layout import Layout
from tools.observability.plan import Plan
from tools.observability.programs import Program
from tools.observability.status import ObservabilityStatus, inspect
from tools.paths import ROOT

_SETTLE_SECONDS = 10.0


class Observability(Supervised[Layout, ObservabilityStatus]):
    """Prometheus, Alertmanager, kube-state-metrics and the stack's own programs of one clone's embedded cluster."""

    NAME = "Observability"
    WHAT = "what measures and alerts"
    MODULE = "tools.observability.supervise"
    ERROR = ObservabilityError

    def __init__(self, directory: Path, binaries: Path, cluster: Path):
        """Names them; nothing is started.

        Args:
            directory: Everything they write is under it.
            binaries: Directory with the programs.
            cluster: Directory of the embedded control plane that they watch.
        """
        super().__init__(Layout.of(directory), binaries)
        self._cluster = ClusterLayout.of(cluster)

    def up(
        self,
        declared: Declared,
        report: Report = print,
        *,
        own_programs: bool = True,
        node: Path | None = None,
    ) -> ObservabilityStatus:
        """Starts the programs and waits until they answer; lets those that run read what has changed.

        Args:
            declared: What the stack declares.
            report: Takes lines about the progress.
            own_programs: Whether the stack's own programs belong to it: remediator, canary, writer of the status page.
            node: The directory of a real node, on which remediator and canary are pods; None: nodes are simulated.

        Raises:
            ObservabilityError: They cannot be started, or refuse what the stack declares; the message says why.
        """
        self._check_binaries(programs.BINARIES, " ".join(programs.GROUPS))
        with self._locked(report):
            address = identities.api_address(self._cluster)
            if address is None:
                raise ObservabilityError("The embedded cluster does not run, which is to be watched: make up")
            present, old = self._settled(_SETTLE_SECONDS), Plan.read(self.layout)
            ports = old.ports if old and present.state != "stopped" else self._ports(old)
            planned = Plan.make(
                self._cluster.directory,
                address,
                ports,
                (
                    *self._measuring(declared, ports),
                    *(self._own(declared, ports, address, node) if own_programs else ()),
                ),
            )
            files = self._files(declared, planned)
            reloading.check(files, self.layout, self._binaries)
            record = Record.read(self.layout)
            if present.state == "running" and record is not None and record.fingerprint == planned.fingerprint:
                reloading.apply(files, planned, self.layout, report)
                return present
            if present.state != "stopped":
                report(
                    f"Observability: starting anew, because {present.message or 'programs or settings have changed'}"
                )
            return self._start(planned, files, report)

    def down(self, delete_data: bool = False, report: Report = print) -> None:
        """Stops all programs; what was measured is kept.

        Args:
            delete_data: Whether to remove everything they have written, too.
            report: Takes a line when another command has to be waited for.

        Raises:
            ObservabilityError: They cannot be stopped, or the data cannot be removed.
        """
        if not self.layout.directory.exists():
            return
        with self._locked(report):
            self._end()
            if delete_data:
                self.layout.remove()

    def status(self) -> ObservabilityStatus:
        """Returns what they are doing now."""
        return inspect(self.layout)

    def reserve(self, report: Report = print) -> int:
        """Returns the port of Prometheus; before the first start it is chosen now, so that others can be told of it.

        Args:
            report: Takes a line when another command has to be waited for.

        Raises:
            ObservabilityError: No port is free.
        """
        with self._locked(report):
            planned = Plan.read(self.layout)
            if planned is None:
                planned = Plan.make(self._cluster.directory, "", self._ports(None), ())
                planned.write(self.layout)
            return planned.ports[programs.PROMETHEUS]

    def _measuring(self, declared: Declared, ports: Mapping[str, int]) -> tuple[Program, ...]:
        return (
            programs.facts(declared, self.layout, ports, self._binaries),
            programs.prometheus(declared, self.layout, ports, self._binaries),
            programs.alertmanager(self.layout, ports, self._binaries),
        )

    def _own(
        self, declared: Declared, ports: Mapping[str, int], address: str, node: Path | None
    ) -> tuple[Program, ...]:
        if node is None:
            cluster = (address, identities.authority(self._cluster))
            found = companions.companions(declared, self.layout, ports, cluster, ROOT)
        else:
            found = companions.doorway(declared, ports, node, ROOT)
        return (*found, companions.page_writer(self.layout, ports, ROOT))

    def _files(self, declared: Declared, planned: Plan) -> dict[Path, str]:
        targets, services = {}, {}
        if any(program.name == programs.REMEDIATOR for program in planned.programs):
            targets = {programs.REMEDIATOR: planned.ports[programs.REMEDIATOR]}
            services = {declared.companions[REMEDIATE].name: planned.ports[programs.REMEDIATOR]}
        return {
            self.layout.rules: declared.rules,
            self.layout.contract: json.dumps(declared.contract, indent=2) + "\n",
            self.layout.prometheus_file: configuration.prometheus(declared, self.layout, planned.ports, targets),
            self.layout.alertmanager_file: configuration.alertmanager(declared, services),
        }

    def _start(self, planned: Plan, files: Mapping[Path, str], report: Report) -> ObservabilityStatus:
        self._end()
        for path, text in files.items():
            write_atomically(path, text)
        identities.write_kubeconfigs(planned.accounts, self.layout, self._cluster, planned.api_address)
        planned.write(self.layout)
        report(f"Observability: starting {', '.join(program.name for program in planned.programs)}")
        return self._launch(report)

    def _ready_line(self, status: ObservabilityStatus) -> str:
        return f"Prometheus at {status.prometheus}"

    def _ports(self, old: Plan | None) -> dict[str, int]:
        with self._told():
            return ports_of.choose(old.ports if old else {}, names=programs.PORTS)
