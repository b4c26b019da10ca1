"""The documented behaviour of the Kubernetes provider: objects that exist already, deletion."""

import pulumi
import pytest

from tests.tools.offline.cluster_api import wait_until, workload
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

SKIP = {"pulumi.com/skipAwait": "true"}


class TestExisting:
    def program(self, contract: Contract):
        return lambda opts: k8s.core.v1.ConfigMap("map", metadata=contract.meta("map"), data={"a": "ours"}, opts=opts)

    def test_creating_what_exists_is_refused_with_the_ways_out(self, contract: Contract):
        contract.api.create(contract.path("configmaps"), {"metadata": {"name": "map"}, "data": {"a": "theirs"}})
        stack = contract.stack()

        preview = stack.preview(self.program(contract))
        update = stack.up(fails=True)

        assert not preview.failed
        assert "already exists" in update.output
        assert "pulumi import" in update.output
        assert "upsertExistingObjects" in update.output
        assert contract.api.get(contract.path("configmaps", "map"))["data"] == {"a": "theirs"}

    @pytest.mark.parametrize("how", ["argument", "environment"])
    def test_upsert_updates_what_exists(self, contract: Contract, how: str):
        contract.api.create(contract.path("configmaps"), {"metadata": {"name": "map"}, "data": {"b": "theirs"}})
        if how == "argument":
            stack = contract.stack(upsert_existing_objects=True)
        else:
            stack = contract.stack(environment={"PULUMI_K8S_UPSERT_EXISTING_OBJECTS": "true"})

        stack.up(self.program(contract))

        assert contract.api.get(contract.path("configmaps", "map"))["data"] == {"a": "ours", "b": "theirs"}

    def test_get_reads_without_managing(self, contract: Contract):
        contract.api.create(contract.path("configmaps"), {"metadata": {"name": "map"}, "data": {"a": "theirs"}})
        seen: list[object] = []

        def program(opts: pulumi.ResourceOptions) -> None:
            found = k8s.core.v1.ConfigMap.get("map", f"{contract.namespace}/map", opts=opts)
            found.data.apply(seen.append)

        stack = contract.stack()
        stack.up(program)
        stack.destroy()

        assert seen
        assert seen[-1] == {"a": "theirs"}
        assert contract.api.get(contract.path("configmaps", "map")) is not None

    def test_import_adopts_an_object(self, contract: Contract):
        contract.api.create(contract.path("configmaps"), {"metadata": {"name": "map"}, "data": {"a": "ours"}})

        def program(adopt: bool):
            def declare(opts: pulumi.ResourceOptions) -> None:
                if adopt:
                    opts = pulumi.ResourceOptions.merge(
                        opts, pulumi.ResourceOptions(import_=f"{contract.namespace}/map")
                    )
                self.program(contract)(opts)

            return declare

        stack = contract.stack()
        adopted = stack.up(program(True))
        after = stack.up(program(False))

        assert adopted.steps == {"map": "import"}
        assert after.steps == {}

    def test_lists_of_objects_are_refused(self, contract: Contract):
        stack = contract.stack()
        update = stack.up(lambda opts: k8s.core.v1.ConfigMapList("list", items=[], opts=opts), fails=True)

        assert "list resources" in update.output


class TestDeletion:
    def test_waits_until_the_object_is_gone_and_keeps_it_in_the_state_until_then(self, contract: Contract):
        meta = contract.meta("held", finalizers=["example.org/hold"], annotations={"pulumi.com/timeoutSeconds": "2"})
        stack = contract.stack()
        stack.up(lambda opts: k8s.core.v1.ConfigMap("held", metadata=meta, opts=opts))
        path = contract.path("configmaps", "held")

        stuck = stack.destroy(fails=True)
        kept = stack.resource("held")
        contract.api.merge(path, {"metadata": {"finalizers": None}})
        stack.destroy()

        assert "finalizers might be preventing deletion" in stuck.output
        assert kept is not None
        assert stack.resource("held") is None
        assert contract.api.get(path) is None

    def test_orphan_policy_leaves_the_dependents(self, contract: Contract):
        def program(policy: str):
            meta = contract.meta("web", annotations={"pulumi.com/deletionPropagationPolicy": policy, **SKIP})
            return lambda opts: k8s.apps.v1.Deployment(
                "web", metadata=meta, spec=workload("web", replicas=0), opts=opts
            )

        stack = contract.stack()
        stack.up(program("orphan"))
        sets = contract.path("replicasets", group="apps/v1")
        wait_until(lambda: contract.api.get(sets)["items"])
        stack.destroy()

        wait_until(lambda: contract.api.get(contract.path("deployments", "web", "apps/v1")) is None)
        assert len(contract.api.get(sets)["items"]) == 1

    def test_object_that_is_gone_already_is_fine(self, contract: Contract):
        stack = contract.stack()
        stack.up(lambda opts: k8s.core.v1.ConfigMap("gone", metadata=contract.meta("gone"), opts=opts))
        contract.api.delete(contract.path("configmaps", "gone"))

        stack.destroy()

        assert stack.resource("gone") is None
