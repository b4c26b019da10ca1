"""The supervisor of what measures and alerts: `python -m tools.observability.supervise`. `up` starts it."""

import os
import time

from tools.cluster.components import Component
from tools.cluster.layout import Layout as ClusterLayout
from tools.cluster.managed import Managed
from tools.cluster.supervision import PASSED_ON, StartError, Supervision, say, supervise
from tools.observability import health, identities
from tools.observability.layout import Layout
from tools.observability.plan import Plan

_RETRY_SECONDS = 15.0


class Supervisor(Supervision):
    """Starts the programs that the plan names, keeps them running, renews their tokens, and stops them."""

    def __init__(self, layout: Layout, planned: Plan):
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        managed = {}
        for program in planned.programs:
            component = Component(program.name, program.command)
            variables = {**passed_on, **program.variables}
            managed[program.name] = Managed(component, layout.log(program.name), layout.directory, variables)
        super().__init__(layout, managed, planned.fingerprint)
        self._layout = layout
        self._plan = planned

    def work(self) -> None:
        """Starts the programs, and renews their tokens long before they end."""
        self.start()
        due = time.time() + identities.RENEW_SECONDS
        while True:
            self.watch(due)
            try:
                self._renew()
                due = time.time() + identities.RENEW_SECONDS
            except OSError as error:
                say(f"tokens could not be renewed: {error}; tried again in {_RETRY_SECONDS:.0f} s")
                due = time.time() + _RETRY_SECONDS

    def start(self) -> None:
        """Starts all programs at once: none needs another one to start.

        Raises:
            StartError: The cluster gives out no tokens, or a program does not work.
        """
        self.enter("starting")
        try:
            self._renew()
        except OSError as error:
            raise StartError(f"the embedded cluster gives out no token: {error}") from error
        for managed in self._managed.values():
            managed.start()
        for program in self._plan.programs:
            self.wait(program.name, lambda program=program: health.answers(program))
        self.enter("ready")

    def stop(self) -> None:
        """Stops all programs."""
        self.stop_all(list(self._managed))

    def _renew(self) -> None:
        identities.renew_tokens(self._plan.accounts, self._layout, ClusterLayout.of(self._plan.cluster))


if __name__ == "__main__":
    supervise("tools.observability", __doc__, Layout.of, Plan.read, Supervisor)
