"""The documented behaviour of the Kubernetes provider: who owns which field, conflicts, `…Patch` resources."""

import pulumi
import pulumi_kubernetes as k8s
import pytest

from tests.tools.offline.contract import Contract, workload

pytestmark = pytest.mark.cluster

SKIP = {"pulumi.com/skipAwait": "true"}
APPS = "apps/v1"


def owners(live: dict, *path: str) -> set[tuple[str, str]]:
    """Managers (and how they write) that own a field."""
    found = set()
    for entry in live["metadata"]["managedFields"]:
        fields = entry["fieldsV1"]
        for step in path:
            fields = fields.get(f"f:{step}") if fields is not None else None
        if fields is not None:
            found.add((entry["manager"], entry["operation"]))
    return found


class TestServerSideApply:
    def test_an_update_leaves_fields_of_others_and_gives_up_its_own(self, contract: Contract):
        """A field that is taken out of the program disappears, unless someone else wants it, too."""

        def program(labels: dict[str, str]):
            return lambda opts: k8s.core.v1.ConfigMap(
                "map", metadata=contract.meta("map", labels=labels), data={"a": "1"}, opts=opts
            )

        path = contract.path("configmaps", "map")
        stack = contract.stack()
        stack.up(program({"mine": "1", "shared": "1"}))
        other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"theirs": "1", "shared": "1"}}}
        contract.api.apply(path, other, "another-manager")
        stack.up(program({"new": "1"}))

        live = contract.api.get(path)
        assert live["metadata"]["labels"] == {"theirs": "1", "shared": "1", "new": "1"}
        ours = owners(live, "metadata", "labels", "new")
        assert len(ours) == 1
        manager, operation = ours.pop()
        assert manager.startswith("pulumi-kubernetes-")
        assert operation == "Apply"

    def test_a_conflict_names_the_other_manager_and_the_ways_out(self, contract: Contract):
        def program(value: str, annotations: dict[str, str]):
            return lambda opts: k8s.core.v1.ConfigMap(
                "map", metadata=contract.meta("map", annotations=annotations), data={"a": value}, opts=opts
            )

        path = contract.path("configmaps", "map")
        stack = contract.stack(enable_config_map_mutable=True)
        stack.up(program("1", {}))
        stack.up(program("2", {}))
        other = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "theirs"}}
        contract.api.apply(path, other, "another-manager")
        conflict = stack.up(program("3", {}), fails=True)
        after = contract.api.get(path)["data"]
        previewed = stack.preview(program("3", {"pulumi.com/patchForce": "true"}))
        forced = stack.up(program("3", {"pulumi.com/patchForce": "true"}))

        assert 'conflict with "another-manager"' in conflict.output
        assert ".data.a" in conflict.output
        assert "field conflict detected" in conflict.output
        assert after == {"a": "theirs"}
        assert previewed.steps == {"map": "update"}
        assert forced.steps == {"map": "update"}
        assert contract.api.get(path)["data"] == {"a": "3"}


class TestReplicas:
    """`spec.replicas` beside an autoscaler."""

    def program(self, contract: Contract, image_label: str, ignore: bool, **spec: object):
        def declare(opts: pulumi.ResourceOptions) -> None:
            body = workload("web", **spec)
            body["template"]["metadata"]["annotations"] = {"version": image_label}
            if ignore:
                opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["spec.replicas"]))
            k8s.apps.v1.Deployment("web", metadata=contract.meta("web", annotations=SKIP), spec=body, opts=opts)

        return declare

    @pytest.mark.parametrize(
        ("given", "ignore"),
        [
            pytest.param({}, False, id="left out"),
            pytest.param({}, True, id="left out and ignored"),
            pytest.param({"replicas": 1}, True, id="given and ignored"),
        ],
    )
    @pytest.mark.parametrize("replicas", [0, 3])
    def test_scaling_by_others_is_respected(self, contract: Contract, given: dict, ignore: bool, replicas: int):
        path = contract.path("deployments", "web", APPS)
        stack = contract.stack()
        stack.up(self.program(contract, "1", ignore, **given))
        contract.api.scale(path, replicas)
        changed = stack.up(self.program(contract, "2", ignore, **given))
        scaled = contract.api.get(path)["spec"]["replicas"]
        again = stack.up(self.program(contract, "3", ignore, **given))

        assert changed.steps == again.steps == {"web": "update"}
        assert scaled == replicas
        assert contract.api.get(path)["spec"]["replicas"] == replicas

    def test_a_given_number_wins_over_a_scaling_to_nothing_and_conflicts_with_others(self, contract: Contract):
        """The scale subresource at 0 owns nothing, so that the field goes to whoever asks for it."""
        path = contract.path("deployments", "web", APPS)
        stack = contract.stack()
        stack.up(self.program(contract, "1", False, replicas=1))
        contract.api.scale(path, 0)
        stack.up(self.program(contract, "2", False, replicas=1))
        woken = contract.api.get(path)["spec"]["replicas"]
        contract.api.scale(path, 3)
        conflict = stack.up(self.program(contract, "3", False, replicas=1), fails=True)

        assert woken == 1
        assert 'conflict with "scaler"' in conflict.output
        assert contract.api.get(path)["spec"]["replicas"] == 3


class TestPatch:
    def test_sets_some_fields_and_gives_them_back(self, contract: Contract):
        def program(labels: dict[str, str]):
            return lambda opts: k8s.core.v1.NamespacePatch(
                "labels", metadata={"name": contract.namespace, "labels": labels}, opts=opts
            )

        path = f"/api/v1/namespaces/{contract.namespace}"
        before = contract.api.get(path)["metadata"]["labels"]
        stack = contract.stack()
        preview = stack.preview(program({"a": "1", "b": "1"}))
        made = stack.up()
        set_labels = contract.api.get(path)["metadata"]["labels"]
        again = stack.up()
        changed = stack.up(program({"a": "2"}))
        changed_labels = contract.api.get(path)["metadata"]["labels"]
        stack.destroy()

        assert preview.steps == made.steps == {"labels": "create"}
        assert set_labels == {**before, "a": "1", "b": "1"}
        assert again.steps == {}
        assert changed.steps == {"labels": "update"}
        assert changed_labels == {**before, "a": "2"}
        assert contract.api.get(path)["metadata"]["labels"] == before

    def test_takes_a_field_of_another_only_by_force(self, contract: Contract):
        contract.api.create(contract.path("configmaps"), {"metadata": {"name": "map"}, "data": {"a": "theirs"}})

        def program(annotations: dict[str, str]):
            return lambda opts: k8s.core.v1.ConfigMapPatch(
                "part", metadata=contract.meta("map", annotations=annotations), data={"a": "ours"}, opts=opts
            )

        path = contract.path("configmaps", "map")
        stack = contract.stack()
        conflict = stack.up(program({}), fails=True)
        refused = contract.api.get(path)["data"]
        stack.up(program({"pulumi.com/patchForce": "true"}))
        forced = contract.api.get(path)["data"]
        stack.destroy()

        assert "conflict with" in conflict.output
        assert ".data.a" in conflict.output
        assert refused == {"a": "theirs"}
        assert forced == {"a": "ours"}
        assert contract.api.get(path) is not None
        assert "a" not in (contract.api.get(path).get("data") or {})

    def test_needs_a_name(self, contract: Contract):
        refused = contract.stack().up(
            lambda opts: k8s.core.v1.ConfigMapPatch("part", metadata=contract.meta(), data={}, opts=opts), fails=True
        )

        assert "patch resources require the `.metadata.name` field" in refused.output

    def test_labels_a_node(self, contract: Contract):
        node = contract.api.get("/api/v1/nodes")["items"][0]["metadata"]["name"]
        path = f"/api/v1/nodes/{node}"

        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.core.v1.NodePatch("node", metadata={"name": node, "labels": {"slate.dev/pool": "cpu"}}, opts=opts)

        stack = contract.stack()
        stack.up(program)
        labelled = contract.api.get(path)["metadata"]["labels"]
        again = stack.up()
        refreshed = stack.refresh()
        stack.destroy()

        assert labelled["slate.dev/pool"] == "cpu"
        assert again.steps == {}
        assert not refreshed.failed
        assert "slate.dev/pool" not in contract.api.get(path)["metadata"]["labels"]
