"""The long-running process that keeps a cluster's components running.

It runs what plan.json says, and writes down in supervisor.json how that goes.
"""

import json
import os
import ssl
from collections.abc import Callable, Sequence

from tools.cluster import addons, api, plan
from tools.cluster.components import components
from tools.cluster.files import write_atomically
from tools.cluster.layout import Layout
from tools.cluster.managed import Managed
from tools.cluster.plan import ADMINISTRATOR, Plan
from tools.cluster.supervision import PASSED_ON, Supervision, say


class Supervisor(Supervision):
    """Starts the components in order, keeps them running, and stops them."""

    def __init__(self, layout: Layout, planned: Plan):
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        managed = {
            component.name: Managed(component, layout.log(component.name), layout.directory, environment)
            for component in components(layout, planned.ports, planned.binaries)
        }
        super().__init__(layout, managed, planned.fingerprint)
        self._layout = layout
        self._ports = planned.ports
        self._renew_at = planned.renew_at
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    def work(self) -> None:
        """Runs the cluster, and starts it anew with new certificates whenever the old ones are about to expire."""
        while True:
            self.start()
            self.watch(self._renew_at)
            self.stop()
            say("certificates are about to expire: they are renewed, and the components are started again")
            self._renew_at = plan.prepare(self._layout, self._ports).timestamp()

    def start(self) -> None:
        """Starts the components one after the other."""
        self.enter("starting")
        self._version = ""
        self._contexts.clear()
        self._start_one("etcd", lambda: self._answers("etcd", "/health", "etcd-authority", "etcd"))
        self._start_one("kube-apiserver", lambda: self._answers("kube-apiserver", "/readyz"))
        self.wait("the add-ons", self._apply_addons)
        followers = ("kube-controller-manager", "kube-scheduler", "kwok")
        for name in followers:
            self._managed[name].start()
        for name in followers:
            self.wait(name, lambda name=name: self._answers(name, "/healthz"))
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self.wait("the default service account", lambda: self._answers("kube-apiserver", account))
        status, answer = api.request(self._ports["kube-apiserver"], "/version", self._context())
        if status == 200:
            self._version = str(json.loads(answer).get("gitVersion", ""))
        write_atomically(self._layout.kubeconfig, plan.kubeconfig_of(self._layout, self._ports, ADMINISTRATOR))
        self.enter("ready")

    def stop(self) -> None:
        """Stops the components: what uses the API before it, and the API before its store."""
        self._layout.kubeconfig.unlink(missing_ok=True)
        self.stop_all(("kwok", "kube-scheduler", "kube-controller-manager"), ("kube-apiserver",), ("etcd",))

    def gave_up(self, names: Sequence[str]) -> None:
        """Without its store or its server the API does not serve."""
        if {"etcd", "kube-apiserver"} & set(names):
            self._layout.kubeconfig.unlink(missing_ok=True)

    def _start_one(self, name: str, ready: Callable[[], bool]) -> None:
        self._managed[name].start()
        self.wait(name, ready)

    def _apply_addons(self) -> bool:
        port = self._ports["kube-apiserver"]
        try:
            for path, value in addons.OBJECTS:
                api.apply(port, path, value, self._context(), addons.FIELD_MANAGER)
        except OSError as error:
            say(f"add-ons: {error}")
            return False
        return True

    def _answers(
        self, name: str, path: str, authority: str = "cluster-authority", identity: str = ADMINISTRATOR
    ) -> bool:
        return api.answers(self._ports[name], path, self._context(authority, identity))

    def _context(self, authority: str = "cluster-authority", identity: str = ADMINISTRATOR) -> ssl.SSLContext:
        pki = self._layout.pki
        if (authority, identity) not in self._contexts:
            self._contexts[authority, identity] = api.client_context(
                pki / f"{authority}.crt", pki / f"{identity}.crt", pki / f"{identity}.key"
            )
        return self._contexts[authority, identity]
