"""What Slate itself relies on: a workspace's StatefulSet that others wake and put to sleep, and homes that grow.

A patch of a claim must bear skipAwait: on its creation both providers wait for a claim of a WaitForFirstConsumer class
to be pending, which one that is bound never is again.

The StatefulSet has the update strategy OnDelete, is not waited for, and leaves `spec.replicas` to the scale
subresource. The claim of a home is made by the StatefulSet controller; a Patch resource raises its size.
"""

import pulumi
import pytest

from tests.tools.offline.cluster_api import Object, wait_until, workload
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

APPS = "apps/v1"
SKIP = {"pulumi.com/skipAwait": "true"}
IGNORED = ["spec.replicas", "spec.volumeClaimTemplates"]


def workspace(contract: Contract, version: str, size: str = "1Gi", **spec: object):
    """A workspace as the Workspace component declares it."""
    body = workload(
        "alice",
        serviceName="workspaces",
        updateStrategy={"type": "OnDelete"},
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
        volumeClaimTemplates=[
            {
                "metadata": {"name": "home"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
            }
        ],
        **spec,
    )
    body["template"]["metadata"]["annotations"] = {"version": version}
    container = body["template"]["spec"]["containers"][0]
    container["volumeMounts"] = [{"name": "home", "mountPath": "/home/alice"}]

    def declare(opts: pulumi.ResourceOptions) -> None:
        k8s.apps.v1.StatefulSet(
            "alice",
            metadata=contract.meta("alice", annotations=SKIP),
            spec=body,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=IGNORED)),
        )

    return declare


def live(contract: Contract) -> Object:
    """The StatefulSet, once its controller has seen the latest change."""
    path = contract.path("statefulsets", "alice", APPS)

    def settled() -> Object:
        found = contract.api.get(path)
        seen = found["status"].get("observedGeneration", 0)
        return found if seen >= found["metadata"]["generation"] else None

    return wait_until(settled)


def pod(contract: Contract) -> Object:
    """The workspace's Pod, unless it is being deleted."""
    found = contract.api.get(contract.path("pods", "alice-0"))
    return None if found is None or "deletionTimestamp" in found["metadata"] else found


def running(contract: Contract) -> Object:
    """The workspace's Pod once it is ready."""
    found = pod(contract)
    ready = [c for c in (found or {}).get("status", {}).get("conditions", []) if c["type"] == "Ready"]
    return found if ready and ready[0]["status"] == "True" else None


class TestSleep:
    @pytest.mark.parametrize(
        ("given", "starts_with"),
        [pytest.param({}, 1, id="awake: left out"), pytest.param({"replicas": 0}, 0, id="asleep: 0")],
    )
    def test_updates_and_refreshes_neither_wake_nor_put_to_sleep(
        self, contract: Contract, given: dict, starts_with: int
    ):
        path = contract.path("statefulsets", "alice", APPS)
        stack = contract.stack()
        stack.up(workspace(contract, "1", **given))
        made = live(contract)["spec"]["replicas"]
        idle = stack.up()

        contract.api.scale(path, 1)
        before = wait_until(lambda: running(contract))["metadata"]["uid"]
        changed_awake = stack.up(workspace(contract, "2", **given))
        awake = live(contract)["spec"]["replicas"]
        kept = pod(contract)["metadata"]["uid"]

        contract.api.scale(path, 0)
        wait_until(lambda: pod(contract) is None)
        changed_asleep = stack.up(workspace(contract, "3", **given))
        stack.refresh()
        quiet = stack.up()
        changed_again = stack.up(workspace(contract, "4", **given))
        asleep = live(contract)["spec"]["replicas"]

        contract.api.scale(path, 1)
        wait_until(lambda: running(contract))
        stack.refresh()
        quiet_awake = stack.up()

        assert made == starts_with
        assert idle.steps == quiet.steps == quiet_awake.steps == {}
        assert changed_awake.steps == changed_asleep.steps == changed_again.steps == {"alice": "update"}
        assert awake == 1
        assert kept == before
        assert asleep == 0
        assert live(contract)["spec"]["replicas"] == 1

    @pytest.mark.parametrize("replicas", [0, 1])
    def test_changing_the_initial_state_changes_nothing_that_lives(self, contract: Contract, replicas: int):
        """From "asleep" (0 is given) to "awake" (left out) and back, whatever the workspace does meanwhile."""
        path = contract.path("statefulsets", "alice", APPS)
        stack = contract.stack()
        stack.up(workspace(contract, "1", replicas=0))
        contract.api.scale(path, replicas)
        taken_out = stack.up(workspace(contract, "1"))
        stack.up(workspace(contract, "2"))
        first = live(contract)["spec"]["replicas"]
        stack.refresh()
        stack.up(workspace(contract, "3"))
        second = live(contract)["spec"]["replicas"]
        put_back = stack.up(workspace(contract, "3", replicas=0))
        stack.up(workspace(contract, "4", replicas=0))

        assert taken_out.steps == put_back.steps == {}
        assert first == second == replicas
        assert live(contract)["spec"]["replicas"] == replicas

    def test_another_size_of_the_home_leaves_the_template_alone(self, contract: Contract):
        stack = contract.stack()
        stack.up(workspace(contract, "1"))
        unchanged = stack.up(workspace(contract, "1", size="2Gi"))
        changed = stack.up(workspace(contract, "2", size="2Gi"))

        assert unchanged.steps == {}
        assert changed.steps == {"alice": "update"}
        template = live(contract)["spec"]["volumeClaimTemplates"][0]
        assert template["spec"]["resources"]["requests"]["storage"] == "1Gi"


class TestHome:
    def program(
        self, contract: Contract, size: str | None, annotations: dict[str, str] | None = None, keep: bool = True
    ):
        def declare(opts: pulumi.ResourceOptions) -> None:
            workspace(contract, "1")(opts)
            if size:
                k8s.core.v1.PersistentVolumeClaimPatch(
                    "home",
                    metadata=contract.meta("home-alice-0", annotations=annotations or {}),
                    spec={"resources": {"requests": {"storage": size}}},
                    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=keep)),
                )

        return declare

    FORCED = {"pulumi.com/patchForce": "true", **SKIP}  # noqa: RUF012

    def storage(self, contract: Contract) -> str:
        claim = contract.api.get(contract.path("persistentvolumeclaims", "home-alice-0"))
        return claim["spec"]["resources"]["requests"]["storage"]

    def test_grows_by_a_patch_that_stays_when_it_is_no_longer_declared(self, contract: Contract):
        stack = contract.stack()
        stack.up(self.program(contract, None))
        wait_until(lambda: running(contract))

        conflict = stack.up(self.program(contract, "2Gi", SKIP), fails=True)
        grown = stack.up(self.program(contract, "2Gi", self.FORCED))
        first = self.storage(contract)
        idle = stack.up()
        stack.refresh()
        idle_after_refresh = stack.up()
        again = stack.up(self.program(contract, "3Gi", self.FORCED))
        second = self.storage(contract)
        shrunk = stack.up(self.program(contract, "1Gi", self.FORCED), fails=True)
        stack.up(self.program(contract, "3Gi", self.FORCED, keep=False))
        not_retained = stack.up(self.program(contract, None), fails=True)
        stack.up(self.program(contract, "3Gi", self.FORCED))
        stack.up(self.program(contract, None))

        assert 'conflict with "kube-controller-manager"' in conflict.output
        assert grown.steps == {"home": "create"}
        assert first == "2Gi"
        assert idle.steps == idle_after_refresh.steps == {}
        assert again.steps == {"home": "update"}
        assert second == "3Gi"
        assert "can not be less than" in shrunk.output
        assert "currently managing a required field" in not_retained.output
        assert self.storage(contract) == "3Gi"
        assert pod(contract) is not None
