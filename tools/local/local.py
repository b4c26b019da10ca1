"""The local services as their users see them: up, down, status."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.cluster import ports
from tools.cluster.record import Record
from tools.cluster.supervised import Report, Supervised
from tools.local import groups, services
from tools.local.errors import LocalError
from tools.local.layout import Layout
from tools.local.plan import Plan
from tools.local.status import LocalStatus, inspect

_PROGRAMS = {services.REGISTRY: ("registry",), services.MIRROR: (), services.BUILDKIT: ("buildkitd", "runc")}


class Local(Supervised[Layout, LocalStatus]):
    """The registry, the conda mirror's server and the image builder of one clone."""

    NAME = "Local services"
    WHAT = "the local services"
    MODULE = "tools.local.supervise"
    ERROR = LocalError

    def __init__(self, directory: Path, binaries: Path):
        """Names them; nothing is started.

        Args:
            directory: Everything they write is under it.
            binaries: Directory with registry, buildkitd and runc.
        """
        super().__init__(Layout.of(directory), binaries)

    def up(self, need: Iterable[str] = services.NAMES, report: Report = print) -> LocalStatus:
        """Starts services and waits until they answer; does nothing if they do. Others that run go on running.

        Args:
            need: Which: "registry", "mirror", "buildkit".
            report: Takes lines about the progress.

        Raises:
            LocalError: They cannot be started; the message says why, and none is left running.
        """
        wanted = set(need)
        unknown = wanted - set(services.NAMES)
        if unknown:
            raise LocalError(f"There is no {', '.join(sorted(unknown))}. Services: {', '.join(services.NAMES)}.")
        self._check(wanted)
        with self._locked(report):
            present = self.status()
            old = Plan.read(self.layout)
            if present.state != "stopped" and old is not None:
                wanted |= set(old.services)
            if old is not None and present.state == "running":
                again = Plan.make(self.layout, self._binaries, old.ports, wanted)
                record = Record.read(self.layout)
                if record is not None and record.fingerprint == again.fingerprint:
                    return present
            return self._start(wanted, old, present, report)

    def down(self, delete_data: bool = False, report: Report = print) -> None:
        """Stops all services; no process, mount, network or control group is left. Their data are kept.

        Args:
            delete_data: Whether to remove everything they have written, too.
            report: Takes a line when another command has to be waited for.

        Raises:
            LocalError: They cannot be stopped, or the data cannot be removed.
        """
        if not self.layout.directory.exists():
            return
        with self._locked(report):
            self._end()
            if delete_data:
                report("Local services: removing images, packages and the build cache, which can take a while")
                self.layout.remove()

    def status(self) -> LocalStatus:
        """Returns what they are doing now."""
        return inspect(self.layout)

    def _start(self, wanted: set[str], old: Plan | None, present: LocalStatus, report: Report) -> LocalStatus:
        if present.state != "stopped":
            report(f"Local services: starting anew, because {present.message or 'programs or settings have changed'}")
        self._end()
        with self._told():
            chosen = ports.choose(old.ports if old else {}, names=services.PORTS)
        for name in services.PORTS if old else ():
            if old and old.ports[name] != chosen[name]:
                report(f"Local services: port {old.ports[name]} is taken, so {name} moves to port {chosen[name]}")
        planned = Plan.make(self.layout, self._binaries, chosen, wanted)
        planned.write(self.layout)
        report(f"Local services: starting {', '.join(planned.services)} in {self.layout.directory}")
        return self._launch(report)

    def _ready_line(self, status: LocalStatus) -> str:
        return f"registry at {status.registry}"

    def _end(self) -> None:
        super()._end()
        groups.remove(self.layout.group)  # of a supervisor that was killed

    def _check(self, wanted: set[str]) -> None:
        programs = sorted(program for name in wanted for program in _PROGRAMS[name])
        self._check_binaries(programs, "docker-build registry runc")
        if services.BUILDKIT in wanted and not sys.platform.startswith("linux"):
            raise LocalError(
                "The private image builder needs Linux. Elsewhere name a builder of your own: see "
                "docs/local-services.md."
            )
        if services.BUILDKIT in wanted and os.geteuid() != 0:
            raise LocalError("The private image builder needs root: it runs the steps of a build in containers.")
