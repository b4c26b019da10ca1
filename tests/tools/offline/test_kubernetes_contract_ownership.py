"""The documented behaviour of the Kubernetes provider: who owns which field, conflicts, `…Patch` resources."""

import pulumi

from tests.tools.offline.cluster_api import workload
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

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

    CASES = {  # noqa: RUF012 - name: what the program gives, whether it ignores changes, what is scaled to
        "left-out-to-0": ({}, False, 0),
        "left-out-to-3": ({}, False, 3),
        "left-out-ignored-to-0": ({}, True, 0),
        "left-out-ignored-to-3": ({}, True, 3),
        "given-ignored-to-0": ({"replicas": 1}, True, 0),
        "given-ignored-to-3": ({"replicas": 1}, True, 3),
    }

    def program(self, contract: Contract, version: str, cases: dict):
        def declare(opts: pulumi.ResourceOptions) -> None:
            for name, (given, ignore, _) in cases.items():
                body = workload(name, **given)
                body["template"]["metadata"]["annotations"] = {"version": version}
                ignored = pulumi.ResourceOptions(ignore_changes=["spec.replicas"] if ignore else None)
                k8s.apps.v1.Deployment(
                    name,
                    metadata=contract.meta(name, annotations=SKIP),
                    spec=body,
                    opts=pulumi.ResourceOptions.merge(opts, ignored),
                )

        return declare

    def replicas(self, contract: Contract) -> dict[str, int]:
        found = contract.api.get(contract.path("deployments", group=APPS))["items"]
        return {item["metadata"]["name"]: item["spec"]["replicas"] for item in found}

    def test_scaling_by_others_is_respected(self, contract: Contract):
        wanted = {name: to for name, (_, _, to) in self.CASES.items()}
        stack = contract.stack()
        stack.up(self.program(contract, "1", self.CASES))
        for name, to in wanted.items():
            contract.api.scale(contract.path("deployments", name, APPS), to)
        changed = stack.up(self.program(contract, "2", self.CASES))
        after_one = self.replicas(contract)
        again = stack.up(self.program(contract, "3", self.CASES))

        assert changed.steps == again.steps == dict.fromkeys(self.CASES, "update")
        assert after_one == wanted
        assert self.replicas(contract) == wanted

    def test_a_given_number_wins_over_a_scaling_to_nothing_and_conflicts_with_others(self, contract: Contract):
        """The scale subresource at 0 owns nothing, so that the field goes to whoever asks for it."""
        cases = {"to-0": ({"replicas": 1}, False, 0), "to-3": ({"replicas": 1}, False, 3)}
        stack = contract.stack()
        stack.up(self.program(contract, "1", cases))
        for name, (_, _, to) in cases.items():
            contract.api.scale(contract.path("deployments", name, APPS), to)
        conflict = stack.up(self.program(contract, "2", cases), fails=True)

        assert 'conflict with "scaler"' in conflict.output
        assert self.replicas(contract) == {"to-0": 1, "to-3": 3}


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
