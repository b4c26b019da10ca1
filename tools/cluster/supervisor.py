"""The long-running process that keeps a cluster's components running.

It runs what plan.json says, and writes down in supervisor.json how that goes. SIGTERM stops everything in the reverse
order of the start. The components end with it, however it ends.
"""

import datetime
import json
import os
import select
import signal
import ssl
import time
import traceback
from collections.abc import Callable

from tools.cluster import addons, api, logs, plan
from tools.cluster.components import components
from tools.cluster.files import write_atomically
from tools.cluster.layout import Layout
from tools.cluster.managed import Managed
from tools.cluster.plan import ADMINISTRATOR, Plan
from tools.cluster.processes import identify
from tools.cluster.record import Phase, Record

START_SECONDS = 90.0
STOP_SECONDS = 10.0
HOUSEKEEPING_SECONDS = 60.0
# Components get these variables only: settings of the user's shell, such as ETCD_* or proxies, must not change them.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG")


class StopRequest(Exception):  # noqa: N818 (no error)
    """The supervisor was asked to stop."""


class StartError(Exception):
    """The cluster cannot be started; the message says why."""


class Supervisor:
    """Starts the components in order, keeps them running, and stops them."""

    def __init__(self, layout: Layout, planned: Plan):
        self._layout = layout
        self._ports = planned.ports
        self._renew_at = planned.renew_at
        self._phase: Phase = "starting"
        self._progress = "the supervisor"
        self._message = ""
        self._version = ""
        self._fingerprint = planned.fingerprint
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._managed = {
            component.name: Managed(component, layout.log(component.name), layout.directory, environment)
            for component in components(layout, planned.ports, planned.binaries)
        }
        self._stopping = False
        self._wakeup, self._wakeup_writer = os.pipe()
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    def write_record(self) -> None:
        """Writes down the present state."""
        Record(
            identify(os.getpid()),
            self._phase,
            self._progress,
            self._message,
            self._version,
            self._fingerprint,
            tuple(managed.record() for managed in self._managed.values()),
        ).write(self._layout)

    def run(self) -> None:
        """Runs the cluster until it is asked to stop or cannot be started."""
        os.set_blocking(self._wakeup_writer, False)
        signal.set_wakeup_fd(self._wakeup_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that it interrupts the wait
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_asked)
        try:
            while True:
                self._start()
                self._watch()
                self._stop()
                self._renew_certificates()
        except StopRequest:
            self._enter("stopping")
            self._stop()
            self._layout.record.unlink(missing_ok=True)
            _say("stopped")
        except StartError as failure:
            self._fail(str(failure))
        except Exception as error:
            traceback.print_exc()
            self._fail(f"the supervisor failed: {error!r}; see {self._layout.log('supervisor')}")

    def _start(self) -> None:
        self._enter("starting")
        self._version = ""
        self._contexts.clear()
        self._start_one("etcd", lambda: self._answers("etcd", "/health", "etcd-authority", "etcd"))
        self._start_one("kube-apiserver", lambda: self._answers("kube-apiserver", "/readyz"))
        self._wait("the add-ons", self._apply_addons)
        followers = ("kube-controller-manager", "kube-scheduler", "kwok")
        for name in followers:
            self._managed[name].start()
        for name in followers:
            self._wait(name, lambda name=name: self._answers(name, "/healthz"))
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait("the default service account", lambda: self._answers("kube-apiserver", account))
        status, answer = api.request(self._ports["kube-apiserver"], "/version", self._context())
        if status == 200:
            self._version = str(json.loads(answer).get("gitVersion", ""))
        write_atomically(self._layout.kubeconfig, plan.kubeconfig_of(self._layout, self._ports, ADMINISTRATOR))
        self._enter("ready")

    def _start_one(self, name: str, ready: Callable[[], bool]) -> None:
        self._managed[name].start()
        self._wait(name, ready)

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        self._progress = what
        self.write_record()
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            self._look_after(0.05)
            failed = [managed.message for managed in self._managed.values() if managed.state == "failed"]
            if failed:
                raise StartError(failed[0])
            if time.monotonic() > deadline:
                raise StartError(f"{what}: not ready after {START_SECONDS:.0f} s; see {self._layout.logs}")

    def _watch(self) -> None:
        """Looks after the components until certificates must be renewed."""
        due = time.monotonic() + HOUSEKEEPING_SECONDS
        while time.time() < self._renew_at:
            self._look_after(max(0.0, min(due - time.monotonic(), self._renew_at - time.time())))
            if time.monotonic() >= due:
                due = time.monotonic() + HOUSEKEEPING_SECONDS
                for name in (*self._managed, "supervisor"):
                    if logs.shrink(self._layout.log(name)):
                        _say(f"the log of {name} had grown large and was put aside as {name}.log.1")

    def _look_after(self, seconds: float) -> None:
        """Waits until something happens, at most `seconds`, and starts again what has ended."""
        waits = [managed.seconds_until_due() for managed in self._managed.values()]
        seconds = min([seconds, *(wait for wait in waits if wait is not None)])
        if select.select([self._wakeup], [], [], seconds)[0]:
            os.read(self._wakeup, 4096)
        if self._stopping:
            raise StopRequest
        events = [event for managed in self._managed.values() if (event := managed.check()) is not None]
        for event in events:
            _say(event)
        if events:
            failed = {name: managed.message for name, managed in self._managed.items() if managed.state == "failed"}
            self._message = "\n".join(failed.values())
            if failed.keys() & {"etcd", "kube-apiserver"}:
                self._layout.kubeconfig.unlink(missing_ok=True)
            self.write_record()

    def _stop(self) -> None:
        self._layout.kubeconfig.unlink(missing_ok=True)
        # What uses the API ends before it, and the API before its store.
        for group in (("kwok", "kube-scheduler", "kube-controller-manager"), ("kube-apiserver",), ("etcd",)):
            for name in group:
                self._managed[name].terminate()
            for name in group:
                self._managed[name].wait(STOP_SECONDS)

    def _renew_certificates(self) -> None:
        _say("certificates are about to expire: they are renewed, and the components are started again")
        self._renew_at = plan.prepare(self._layout, self._ports).timestamp()

    def _apply_addons(self) -> bool:
        port = self._ports["kube-apiserver"]
        try:
            for path, value in addons.OBJECTS:
                api.apply(port, path, value, self._context(), addons.FIELD_MANAGER)
        except OSError as error:
            _say(f"add-ons: {error}")
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

    def _enter(self, phase: Phase) -> None:
        self._phase, self._progress = phase, ""
        self.write_record()
        _say(phase)

    def _fail(self, message: str) -> None:
        _say(f"failed: {message}")
        self._stop()
        self._phase, self._message = "failed", message
        self.write_record()

    def _stop_asked(self, *_: object) -> None:
        self._stopping = True


def _say(text: str) -> None:
    print(f"{datetime.datetime.now().astimezone().isoformat(timespec='milliseconds')} {text}", flush=True)
