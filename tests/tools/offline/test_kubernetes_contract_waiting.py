"""The documented behaviour of the Kubernetes provider: what an update waits for, time limits, cancellation."""

import os
import signal
import threading
from pathlib import Path

import pulumi

from tests.tools.offline.cluster_api import pod_template, wait_until, workload
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

APPS = "apps/v1"
UNREADY = {"sim.slate.dev/fault": "unready"}
SOON = {"pulumi.com/timeoutSeconds": "4"}
SKIP = {"pulumi.com/skipAwait": "true"}


def delayed(label: str, **spec: object) -> dict:
    """A workload whose Pods take a second to become ready."""
    body = workload(label, **spec)
    body["template"]["metadata"]["annotations"] = {"sim.slate.dev/ready-after": "1s"}
    return body


class TestReady:
    def test_an_update_ends_when_its_workloads_are_ready(self, contract: Contract):
        def program(opts: pulumi.ResourceOptions) -> None:
            meta = contract.meta
            k8s.apps.v1.Deployment("web", metadata=meta("web"), spec=delayed("web", replicas=2), opts=opts)
            k8s.apps.v1.StatefulSet("set", metadata=meta("set"), spec=delayed("set", serviceName="set"), opts=opts)
            k8s.apps.v1.DaemonSet("daemon", metadata=meta("daemon"), spec=delayed("daemon"), opts=opts)
            template = delayed("job")["template"]
            template["spec"]["restartPolicy"] = "Never"
            k8s.batch.v1.Job("job", metadata=meta("job"), spec={"template": template}, opts=opts)
            pod = delayed("pod")["template"]
            k8s.core.v1.Pod(
                "pod", metadata=meta("pod", annotations=pod["metadata"]["annotations"]), spec=pod["spec"], opts=opts
            )

        contract.stack().up(program)

        def status(plural: str, name: str, group: str = APPS) -> dict:
            return contract.api.get(contract.path(plural, name, group))["status"]

        def conditions(found: dict) -> set[str]:
            return {c["type"] for c in found["conditions"] if c["status"] == "True"}

        assert status("deployments", "web")["readyReplicas"] == 2
        assert status("statefulsets", "set")["readyReplicas"] == 1
        daemon = status("daemonsets", "daemon")
        assert daemon["numberReady"] == daemon["desiredNumberScheduled"]
        assert "Complete" in conditions(status("jobs", "job", "batch/v1"))
        assert "Ready" in conditions(status("pods", "pod", ""))

    def test_what_cannot_be_ready_is_not_waited_for(self, contract: Contract):
        """Claims that bind with their first Pod, Services without Pods to find, and whatever bears skipAwait."""

        def program(opts: pulumi.ResourceOptions) -> None:
            meta = contract.meta
            k8s.core.v1.PersistentVolumeClaim(
                "claim",
                metadata=meta("claim"),
                spec={
                    "storageClassName": "standard",
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                },
                opts=opts,
            )
            ports = [{"port": 80}]
            headless = {"clusterIP": "None", "selector": {"app": "none"}, "ports": ports}
            k8s.core.v1.Service("headless", metadata=meta("headless"), spec=headless, opts=opts)
            k8s.core.v1.Service("plain", metadata=meta("plain"), spec={"ports": ports}, opts=opts)
            named = {"type": "ExternalName", "externalName": "example.org", "selector": {"app": "none"}}
            k8s.core.v1.Service("named", metadata=meta("named"), spec=named, opts=opts)
            balanced = {"type": "LoadBalancer", "selector": {"app": "none"}, "ports": ports}
            k8s.core.v1.Service("skipped", metadata=meta("skipped", annotations=SKIP), spec=balanced, opts=opts)
            unready = workload("unready")
            unready["template"]["metadata"]["labels"] |= UNREADY
            k8s.apps.v1.StatefulSet("set", metadata=meta("set", annotations=SKIP), spec=unready, opts=opts)
            asleep = workload("asleep", replicas=0)
            k8s.apps.v1.StatefulSet("asleep", metadata=meta("asleep"), spec=asleep, opts=opts)
            k8s.apps.v1.Deployment("none", metadata=meta("none"), spec=workload("none", replicas=0), opts=opts)

        stack = contract.stack()
        stack.up(program)
        again = stack.up()

        assert again.steps == {}
        claim = contract.api.get(contract.path("persistentvolumeclaims", "claim"))
        assert claim["status"]["phase"] == "Pending"

    def test_what_is_not_ready_in_time_fails_but_stays_in_the_state(self, contract: Contract):
        def program(opts: pulumi.ResourceOptions) -> None:
            meta = contract.meta
            unready = workload("unready")
            unready["template"]["metadata"]["labels"] |= UNREADY
            k8s.apps.v1.StatefulSet("set", metadata=meta("set", annotations=SOON), spec=unready, opts=opts)
            k8s.apps.v1.Deployment("web", metadata=meta("web", annotations=SOON), spec=unready, opts=opts)
            template = pod_template("pod")
            k8s.core.v1.Pod(
                "pod", metadata=meta("pod", annotations=SOON, labels=UNREADY), spec=template["spec"], opts=opts
            )
            balanced = {"type": "LoadBalancer", "selector": {"app": "none"}, "ports": [{"port": 80}]}
            k8s.core.v1.Service("balanced", metadata=meta("balanced", annotations=SOON), spec=balanced, opts=opts)
            backend = {"service": {"name": "balanced", "port": {"number": 80}}}
            rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
            k8s.networking.v1.Ingress(
                "ingress", metadata=meta("ingress", annotations=SOON), spec={"rules": [rule]}, opts=opts
            )
            late = {"template": pod_template("late"), "activeDeadlineSeconds": 1}
            late["template"]["spec"]["restartPolicy"] = "Never"
            late["template"]["metadata"]["labels"] |= UNREADY
            k8s.batch.v1.Job("late", metadata=meta("late"), spec=late, opts=opts)

        stack = contract.stack()
        failed = stack.up(program, fails=True)
        kept = {name: stack.resource(name) for name in ("set", "web", "pod", "balanced", "ingress", "late")}
        preview = stack.preview()

        for name in ("set", "web", "pod", "balanced", "ingress"):
            assert f"'{name}' timed out waiting to be Ready" in failed.output
        assert "DeadlineExceeded" in failed.output
        assert [name for name, resource in kept.items() if not (resource and resource["initErrors"])] == []
        assert preview.steps == dict.fromkeys(kept, "update")

    def test_an_update_strategy_of_on_delete_does_not_wait_for_new_pods(self, contract: Contract):
        def program(version: str):
            body = workload("set", updateStrategy={"type": "OnDelete"})
            body["template"]["metadata"]["annotations"] = {"version": version}
            return lambda opts: k8s.apps.v1.StatefulSet("set", metadata=contract.meta("set"), spec=body, opts=opts)

        stack = contract.stack()
        stack.up(program("1"))
        before = contract.api.get(contract.path("pods", "set-0"))["metadata"]["uid"]
        changed = stack.up(program("2"))
        status = contract.api.get(contract.path("statefulsets", "set", APPS))["status"]

        assert changed.steps == {"set": "update"}
        assert contract.api.get(contract.path("pods", "set-0"))["metadata"]["uid"] == before
        assert status["currentRevision"] != status["updateRevision"]

    def test_wait_for_annotation_replaces_the_kinds_own_rule(self, contract: Contract):
        def program(wanted: str):
            meta = contract.meta(
                "map", annotations={"pulumi.com/waitFor": f"jsonpath={{.data.state}}={wanted}", **SOON}
            )
            return lambda opts: k8s.core.v1.ConfigMap("map", metadata=meta, data={"state": "done"}, opts=opts)

        contract.stack().up(program("done"))
        contract.api.delete(contract.path("configmaps", "map"))
        contract.stack().up(program("never"), fails=True)


class TestRefresh:
    def test_records_what_is_not_ready(self, contract: Contract):
        """The next update then tries again, even if the program has not changed."""

        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.apps.v1.StatefulSet("set", metadata=contract.meta("set"), spec=workload("set"), opts=opts)

        stack = contract.stack()
        stack.up(program)
        contract.api.merge(contract.path("pods", "set-0"), {"metadata": {"labels": UNREADY}})
        path = contract.path("statefulsets", "set", APPS)
        wait_until(lambda: not contract.api.get(path)["status"].get("readyReplicas"))
        stack.refresh()
        recorded = stack.resource("set")
        preview = stack.preview()
        contract.api.merge(contract.path("pods", "set-0"), {"metadata": {"labels": {"sim.slate.dev/fault": None}}})
        wait_until(lambda: contract.api.get(path)["status"].get("readyReplicas"))
        stack.refresh()

        assert recorded["initErrors"]
        assert preview.steps == {"set": "update"}
        assert not stack.resource("set").get("initErrors")
        assert stack.preview().steps == {}


class TestCancellation:
    def test_an_interrupt_ends_a_wait_and_keeps_the_object_in_the_state(self, contract: Contract):
        def program(opts: pulumi.ResourceOptions) -> None:
            body = workload("set")
            body["template"]["metadata"]["labels"] |= UNREADY
            k8s.apps.v1.StatefulSet("set", metadata=contract.meta("set"), spec=body, opts=opts)

        stack = contract.stack()
        outcomes = []
        update = threading.Thread(target=lambda: outcomes.append(stack.up(program, fails=True)))
        update.start()
        wait_until(lambda: contract.api.get(contract.path("statefulsets", "set", APPS)))
        os.kill(cli_process(), signal.SIGINT)
        update.join(120)

        assert not update.is_alive()
        assert "cancelled" in outcomes[0].output
        assert stack.resource("set")["initErrors"]
        assert contract.api.get(contract.path("statefulsets", "set", APPS)) is not None


def cli_process() -> int:
    """The process id of the running `pulumi up`, a child of ours."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == os.getpid() and b"up" in arguments:
            return int(folder.name)
    raise AssertionError("no `pulumi up` is running")
