"""The supervisor of a real node: `python -m tools.node.supervise --directory DIRECTORY`. `up` starts it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

from tools.cluster import api
from tools.cluster.managed import Managed
from tools.cluster.supervision import PASSED_ON, StartError, Supervision, say, supervise
from tools.node import control_groups, health, leftovers, manifests
from tools.node.layout import RUNTIME_SOCKET, Layout
from tools.node.plan import Plan
from tools.node.programs import AGENT, CONTAINERD, DOOR, HOLDER, KUBELET, PROXY

_CTR_SECONDS = 60
_DNS_SECONDS = 240.0  # all pods of the node start with it


class Supervisor(Supervision):
    """Starts a node's programs in order, keeps them running, and stops them."""

    def __init__(self, layout: Layout, planned: Plan):
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._programs = planned.programs(layout)
        managed = {
            name: Managed(program.component, layout.log(name), layout.directory, {**passed_on, **program.variables})
            for name, program in self._programs.items()
        }
        super().__init__(layout, managed, planned.fingerprint)
        self._layout, self._plan = layout, planned
        self._images = planned.images(layout)
        self._context = api.administrator_context(planned.pki)

    def start(self) -> None:
        """Starts the programs one after the other: no pod may run before its network is filtered."""
        self.enter("starting")
        leftovers.remove(self._layout, self._plan.addresses)
        leftovers.forget_pods(self._layout)
        try:
            control_groups.make(self._layout.group)
        except OSError as error:
            raise StartError(f"no control group for the pods can be made: {error}") from None
        self._start(HOLDER, "the node's namespaces", self._layout.first_process.exists)
        self._start(CONTAINERD, "containerd", self._import_images)
        self._start(AGENT, "network policies", self._layout.enforcing.exists)
        self.wait("the cluster's objects", self._apply)
        self._managed[PROXY].start()
        since = time.time()
        self._start(KUBELET, "the node to be ready", lambda: health.is_ready(self._read(manifests.NODE_PATH), since))
        self.wait("the cluster's DNS", self._names_are_served, _DNS_SECONDS)
        if DOOR in self._managed:
            self._start(DOOR, "the front door", lambda: health.listens(self._plan.addresses.node, self._plan.door))
        self.enter("ready")

    def stop(self) -> None:
        """Stops the programs: the kubelet first, so that no pod is started again, and the namespaces last."""
        self.stop_all(tuple(name for name in (DOOR, KUBELET, PROXY) if name in self._managed))
        leftovers.end_pods(self._layout)
        self.stop_all((AGENT,), (CONTAINERD,), (HOLDER,))
        leftovers.remove(self._layout, self._plan.addresses)
        self.write_record()

    def _start(self, name: str, what: str, ready: Callable[[], bool]) -> None:
        self._managed[name].start()
        self.wait(what, ready)

    def _import_images(self) -> bool:
        for image in self._images.values():
            command = (
                *(sys.executable, "-m", "tools.node.enter", f"--directory={self._layout.directory}", "--"),
                *(str(self._plan.binaries / "ctr"), f"--address={RUNTIME_SOCKET}", "--namespace=k8s.io"),
                *("images", "import", str(image.archive)),
            )
            variables = {**os.environ, **self._programs[CONTAINERD].variables}
            try:
                answer = subprocess.run(
                    command, env=variables, capture_output=True, text=True, check=False, timeout=_CTR_SECONDS
                )
            except subprocess.TimeoutExpired:
                return False
            if answer.returncode:
                say(f"{image.reference} is not imported yet: {answer.stderr.strip()[-300:]}")
                return False
        return True

    def _apply(self) -> bool:
        port = self._plan.ports[0]
        try:
            for path, value in manifests.objects(self._plan.addresses, self._images["coredns"].reference):
                api.apply(port, path, value, self._context, manifests.FIELD_MANAGER)
        except OSError as error:
            say(f"objects: {error}")
            return False
        return True

    def _names_are_served(self) -> bool:
        pods = self._read("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns").get("items") or ()
        return health.any_serves_names(pods)

    def _read(self, path: str) -> dict:
        try:
            status, answer = api.request(self._plan.ports[0], path, self._context)
            return json.loads(answer) if status == 200 else {}
        except (OSError, ValueError):
            return {}


if __name__ == "__main__":
    supervise("tools.node", __doc__, Layout.of, Plan.read, Supervisor)
