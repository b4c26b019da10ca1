"""The supervisor of the local services: `python -m tools.local.supervise --directory DIRECTORY`. `up` starts it."""

import os

from tools.cluster.managed import Managed
from tools.cluster.supervision import PASSED_ON, Supervision, supervise
from tools.local import groups, health, services
from tools.local.layout import Layout
from tools.local.plan import Plan
from tools.paths import ROOT


class Supervisor(Supervision):
    """Starts the services that the plan names, keeps them running, and stops them."""

    def __init__(self, layout: Layout, planned: Plan):
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        known = services.services(layout, planned.ports, planned.binaries, ROOT)
        managed = {}
        for name in planned.services:
            service = known[name]
            variables = {**passed_on, **service.variables}
            managed[name] = Managed(service.component, layout.log(name), layout.directory, variables)
        super().__init__(layout, managed, planned.fingerprint)
        self._layout = layout
        self._ports = planned.ports

    def start(self) -> None:
        """Starts all services at once: none needs another one to start."""
        self.enter("starting")
        groups.remove(self._layout.group)
        self._layout.socket.unlink(missing_ok=True)
        for managed in self._managed.values():
            managed.start()
        for name in self._managed:
            self.wait(name, lambda name=name: health.answers(name, self._layout, self._ports))
        self.enter("ready")

    def stop(self) -> None:
        """Stops the services: the builder before what it pushes to and reads from."""
        self.stop_all(*([name] for name in reversed(self._managed)))
        groups.remove(self._layout.group)


if __name__ == "__main__":
    supervise("tools.local", __doc__, Layout.of, Plan.read, Supervisor)
