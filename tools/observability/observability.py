"""What measures and alerts as its users see it: up, down, status."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools.cluster import ports as ports_of
from tools.cluster.errors import ClusterError
from tools.cluster.files import lock, write_atomically
from tools.cluster.launcher import end_processes, launch
from tools.cluster.layout import Layout as ClusterLayout
from tools.cluster.processes import is_alive
from tools.cluster.record import Record
from tools.observability import companions, configuration, identities, programs, reloading
from tools.observability.declared import REMEDIATE, Declared
from tools.observability.errors import ObservabilityError
from tools.observability.layout import Layout
from tools.observability.plan import Plan
from tools.observability.programs import Program
from tools.observability.status import ObservabilityStatus, inspect
from tools.paths import ROOT

READY_SECONDS = 300.0  # the supervisor itself gives up earlier, and says why
_SETTLE_SECONDS = 10.0
WHAT = "what measures and alerts"

Report = Callable[[str], None]


class Observability:
    """Prometheus, Alertmanager, kube-state-metrics and the stack's own programs of one clone's embedded cluster."""

    def __init__(self, directory: Path, binaries: Path, cluster: Path):
        """Names them; nothing is started.

        Args:
            directory: Everything they write is under it.
            binaries: Directory with the programs.
            cluster: Directory of the embedded control plane that they watch.
        """
        self.layout = Layout.of(directory)
        self._binaries = Path(os.path.abspath(binaries.expanduser()))  # noqa: PTH100 (links to tools stay links)
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
        self._check()
        with self._locked(report):
            address = identities.api_address(self._cluster)
            if address is None:
                raise ObservabilityError("The embedded cluster does not run, which is to be watched: make up")
            present, old = self._settled(), Plan.read(self.layout)
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

    def _settled(self) -> ObservabilityStatus:
        """The status; a program that is slow to answer, or was just started again, is given a while."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while True:
            status = self.status()
            if status.state != "degraded" or time.monotonic() > deadline:
                return status
            time.sleep(0.2)

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
        try:
            with _told():
                launch(self.layout, "tools.observability.supervise", WHAT)
            return self._wait_until_ready(report)
        except BaseException:
            record = Record.read(self.layout)
            self._end()
            if record is not None and record.phase == "failed":
                record.write(self.layout)  # so that `status` goes on saying why
            raise

    def _wait_until_ready(self, report: Report) -> ObservabilityStatus:
        began = time.monotonic()
        while time.monotonic() - began < READY_SECONDS:
            record = Record.read(self.layout)
            if record is None or not is_alive(record.supervisor):
                why = record.message if record and record.message else "their supervisor ended"
                raise ObservabilityError(f"Observability did not start: {why}\nLogs: {self.layout.logs}")
            if record.phase == "ready":
                status = self.status()
                seconds = time.monotonic() - began
                report(f"Observability: ready after {seconds:.1f} s, Prometheus at {status.prometheus}")
                return status
            time.sleep(0.05)
        raise ObservabilityError(f"Observability was not ready after {READY_SECONDS:.0f} s. Logs: {self.layout.logs}")

    def _ports(self, old: Plan | None) -> dict[str, int]:
        with _told():
            return ports_of.choose(old.ports if old else {}, names=programs.PORTS)

    def _end(self) -> None:
        with _told():
            end_processes(self.layout)

    def _check(self) -> None:
        missing = [name for name in programs.BINARIES if not os.access(self._binaries / name, os.X_OK)]
        if missing:
            raise ObservabilityError(
                f"Missing in {self._binaries}: {', '.join(missing)}. "
                f"Get them: python3 -m tools.bootstrap ensure {' '.join(programs.GROUPS)}"
            )

    @contextlib.contextmanager
    def _locked(self, report: Report) -> Iterator[None]:
        def waiting() -> None:
            report("Observability: waiting for another `up` or `down` to finish")

        with lock(self.layout.command_lock, waiting, self.layout.claim):
            self.layout.prepare()
            yield


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the supervision modules say of a cluster holds here as well."""
    try:
        yield
    except ClusterError as error:
        raise ObservabilityError(str(error)) from None
