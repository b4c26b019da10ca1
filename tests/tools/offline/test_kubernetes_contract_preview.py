"""The documented behaviour of the Kubernetes provider: previews, values that are not known yet, secrets, refresh."""

import json

import pulumi

from tests.tools.offline.cluster_api import workload
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

SKIP = {"pulumi.com/skipAwait": "true"}


class TestPreview:
    def test_is_a_dry_run_that_shows_what_the_api_server_refuses(self, contract: Contract):
        def program(label: str):
            return lambda opts: k8s.core.v1.ConfigMap(
                "map", metadata=contract.meta("map", labels={"a": label}), data={"a": "1"}, opts=opts
            )

        stack = contract.stack()
        refused_create = stack.preview(program("not a label!"))
        allowed = stack.preview(program("fine"))
        stack.up()
        refused_update = stack.preview(program("not a label!"))

        assert refused_create.failed
        assert "a valid label must" in refused_create.output
        assert not allowed.failed
        assert refused_update.failed
        assert "a valid label must" in refused_update.output
        assert contract.api.get(contract.path("configmaps", "map"))["metadata"]["labels"] == {"a": "fine"}

    def test_what_is_forbidden_shows_only_when_it_is_done(self, contract: Contract):
        """A quota refuses as "Forbidden", which upstream takes for "may not dry run" and passes over in a preview."""
        contract.api.create(
            contract.path("resourcequotas"), {"metadata": {"name": "quota"}, "spec": {"hard": {"configmaps": "0"}}}
        )
        stack = contract.stack()

        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.core.v1.ConfigMap("map", metadata=contract.meta("map"), data={"a": "1"}, opts=opts)

        preview = stack.preview(program)
        update = stack.up(fails=True)

        assert not preview.failed
        assert preview.steps == {"map": "create"}
        assert "exceeded quota" in update.output

    def test_object_in_a_namespace_that_the_same_update_makes(self, contract: Contract):
        name = f"{contract.namespace}-made"

        def program(opts: pulumi.ResourceOptions) -> None:
            space = k8s.core.v1.Namespace("space", metadata={"name": name}, opts=opts)
            k8s.core.v1.ConfigMap(
                "inside",
                metadata={"name": "inside", "namespace": name},
                opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[space])),
            )

        stack = contract.stack()
        preview = stack.preview(program)
        stack.up()

        assert not preview.failed
        assert preview.steps == {"space": "create", "inside": "create"}
        assert contract.api.get(f"/api/v1/namespaces/{name}/configmaps/inside") is not None
        contract.api.delete(f"/api/v1/namespaces/{name}")

    def test_unknown_values_are_previewed_without_the_api_server(self, contract: Contract):
        """The identifier of an object is known only once it is made; so is what is built from it."""

        def program(first: str, *, both: bool):
            def declare(opts: pulumi.ResourceOptions) -> None:
                one = k8s.core.v1.ConfigMap(
                    "one", metadata=contract.meta(labels={"is": first}), data={"a": first}, opts=opts
                )
                if both:
                    k8s.core.v1.ConfigMap(
                        "two",
                        metadata=contract.meta("two", labels={"uid": one.metadata.uid}),
                        data={"name": one.metadata.name, "uid": one.metadata.uid},
                        opts=opts,
                    )

            return declare

        stack = contract.stack(enable_config_map_mutable=True)
        created = stack.preview(program("1", both=True))
        stack.up()
        stack.arguments["enable_config_map_mutable"] = False
        updated = stack.preview(program("2", both=True))

        assert not created.failed, created.output
        assert created.steps == {"one": "create", "two": "create"}
        assert not updated.failed, updated.output
        assert updated.steps == {"one": "replace", "two": "replace"}
        uid = contract.api.get(contract.path("configmaps", "two"))["data"]["uid"]
        assert uid == contract.api.get(contract.path("configmaps", "two"))["metadata"]["labels"]["uid"]


class TestSecrets:
    TEXT = "a-very-confidential-text"

    def test_never_show_and_are_encrypted_in_the_state(self, contract: Contract):
        encoded = "YS12ZXJ5LWNvbmZpZGVudGlhbC10ZXh0"

        def program(extra: str):
            def declare(opts: pulumi.ResourceOptions) -> None:
                meta = contract.meta
                k8s.core.v1.Secret(
                    "texts", metadata=meta("texts"), string_data={"a": self.TEXT, "extra": extra}, opts=opts
                )
                k8s.core.v1.Secret("data", metadata=meta("data"), data={"a": encoded, "b": "Yg=="}, opts=opts)
                spec = workload("x", replicas=0)
                spec["template"]["spec"]["containers"][0]["env"] = [
                    {"name": "TOKEN", "value": pulumi.Output.secret(self.TEXT + extra)}
                ]
                k8s.apps.v1.StatefulSet("set", metadata=meta("set", annotations=SKIP), spec=spec, opts=opts)

            return declare

        stack = contract.stack(enable_secret_mutable=True)
        outcomes = [
            stack.preview(program("1")),
            stack.up(),
            stack.preview(program("2")),
            stack.up(),
            stack.refresh(),
            stack.up(),
        ]
        state = stack.state()

        assert [o.failed for o in outcomes] == [False] * 6
        assert outcomes[3].steps == {"texts": "update", "set": "update"}
        assert outcomes[5].steps == {}
        for outcome in outcomes:
            assert self.TEXT not in outcome.output
            assert encoded not in outcome.output
        assert self.TEXT not in state
        assert encoded not in state
        assert contract.api.get(contract.path("secrets", "texts"))["data"] == {"a": encoded, "extra": "Mg=="}
        pod = contract.api.get(contract.path("statefulsets", "set", "apps/v1"))["spec"]["template"]["spec"]
        assert pod["containers"][0]["env"][0]["value"] == self.TEXT + "2"

    def test_do_not_show_in_the_api_servers_refusal(self, contract: Contract):
        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.core.v1.Secret("bad", metadata=contract.meta("bad"), string_data={"not a key!": self.TEXT}, opts=opts)

        refused = contract.stack().up(program, fails=True)

        assert "not a key!" in refused.output
        assert self.TEXT not in refused.output


class TestRefresh:
    def test_finds_drift_and_the_next_update_mends_it(self, contract: Contract):
        """What was written by `kubectl edit` counts as ours; a field of any other manager would be a conflict."""

        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.core.v1.ConfigMap(
                "map", metadata=contract.meta("map", labels={"a": "1"}), data={"a": "1", "b": "2"}, opts=opts
            )

        stack = contract.stack(enable_config_map_mutable=True)
        stack.up(program)
        path = contract.path("configmaps", "map")
        drift = {"metadata": {"labels": {"a": None, "other": "x"}}, "data": {"b": "changed"}}
        contract.api.merge(path, drift, manager="kubectl-edit")
        unaware = stack.preview()
        stack.refresh()
        mended = stack.up()
        after = stack.up()

        assert unaware.steps == {}
        assert mended.steps == {"map": "update"}
        assert {path.removesuffix(".a") for path in mended.diffs["map"]} == {"metadata.labels", "data.b"}
        assert after.steps == {}
        live = contract.api.get(path)
        assert live["data"] == {"a": "1", "b": "2"}
        assert live["metadata"]["labels"] == {"a": "1"}

    def test_forgets_an_object_that_is_gone(self, contract: Contract):
        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.core.v1.ConfigMap("map", metadata=contract.meta("map"), data={"a": "1"}, opts=opts)

        stack = contract.stack()
        stack.up(program)
        contract.api.delete(contract.path("configmaps", "map"))
        stack.refresh()
        forgotten = stack.resource("map")
        again = stack.up()

        assert forgotten is None
        assert again.steps == {"map": "create"}

    def test_keeps_an_object_of_another_form(self, contract: Contract):
        """Defaults of the API server and fields of others are not taken into the inputs."""

        def program(opts: pulumi.ResourceOptions) -> None:
            k8s.apps.v1.Deployment(
                "web",
                metadata=contract.meta("web", annotations=SKIP),
                spec=workload("web", replicas=0),
                opts=opts,
            )

        stack = contract.stack()
        stack.up(program)
        contract.api.merge(
            contract.path("deployments", "web", "apps/v1"),
            {"spec": {"template": {"metadata": {"annotations": {"injected": "yes"}}}}},
        )
        stack.refresh()

        after = stack.up()

        assert after.steps == {}
        assert "injected" not in json.dumps(stack.resource("web")["inputs"])
