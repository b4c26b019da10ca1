"""The documented behaviour of the Kubernetes provider: making, changing and replacing objects.

Runs against the offline provider and, unchanged, against upstream's (docs/offline-provider.md says how).
"""

import pulumi

from tests.tools.offline.cluster_api import workload
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

SKIP = {"pulumi.com/skipAwait": "true"}


class TestNoChange:
    def test_second_update_and_refresh_find_nothing_to_do(self, contract: Contract):
        """Other spellings of a quantity, empty values and defaults of the API server are no changes."""

        def program(opts: pulumi.ResourceOptions) -> None:
            meta = contract.meta
            k8s.core.v1.ConfigMap("map", metadata=meta("map"), data={"a": "1", "empty": ""}, opts=opts)
            k8s.core.v1.Secret("secret", metadata=meta("secret"), string_data={"a": "confidential"}, opts=opts)
            k8s.core.v1.Service(
                "headless",
                metadata=meta("headless"),
                spec={"clusterIP": "None", "selector": {"app": "x"}, "ports": [{"name": "ssh", "port": 22}]},
                opts=opts,
            )
            k8s.core.v1.ResourceQuota(
                "quota",
                metadata=meta("quota"),
                spec={"hard": {"requests.cpu": "64000m", "requests.memory": "1024Gi", "pods": "100"}},
                opts=opts,
            )
            spec = workload("x")
            spec["template"]["spec"] |= {"hostNetwork": False, "automountServiceAccountToken": False}
            spec["template"]["spec"]["containers"][0] |= {
                "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": 1}},
                "env": [],
                "tty": False,
            }
            spec["volumeClaimTemplates"] = [
                {
                    "metadata": {"name": "home"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1024Mi"}},
                    },
                }
            ]
            k8s.apps.v1.StatefulSet(
                "set",
                metadata=meta("set", annotations=SKIP, labels={}),
                spec={**spec, "serviceName": "headless"},
                opts=opts,
            )

        stack = contract.stack()
        made = stack.up(program)
        again = stack.up()
        refreshed = stack.refresh()
        after = stack.up()

        assert set(made.steps.values()) == {"create"}
        assert again.steps == {}
        assert set(refreshed.steps.values()) <= {"refresh"}
        assert after.steps == {}


class TestNames:
    def test_automatic_name_is_stable_and_lets_a_replacement_be_made_first(self, contract: Contract):
        def program(value: str):
            return lambda opts: k8s.core.v1.ConfigMap(
                "settings", metadata=contract.meta(), data={"a": value}, immutable=False, opts=opts
            )

        stack = contract.stack()
        stack.up(program("1"))
        first = stack.resource("settings")
        again = stack.up(program("1"))
        replaced = stack.up(program("2"))
        second = stack.resource("settings")

        assert first["id"].startswith(f"{contract.namespace}/settings-")
        assert first["inputs"]["metadata"]["annotations"]["pulumi.com/autonamed"] == "true"
        assert again.steps == {}
        assert [step for step, _ in replaced.order] == ["create-replacement", "replace", "delete-replaced"]
        assert second["id"] != first["id"]

    def test_chosen_name_is_deleted_before_it_is_made_again(self, contract: Contract):
        def program(value: str):
            return lambda opts: k8s.core.v1.ConfigMap(
                "settings", metadata=contract.meta("settings"), data={"a": value}, opts=opts
            )

        stack = contract.stack()
        stack.up(program("1"))
        replaced = stack.up(program("2"))

        assert [step for step, _ in replaced.order] == ["delete-replaced", "replace", "create-replacement"]
        assert contract.api.get(contract.path("configmaps", "settings"))["data"] == {"a": "2"}

    def test_namespace_is_the_providers_if_the_object_names_none(self, contract: Contract):
        stack = contract.stack(namespace=contract.namespace)
        stack.up(lambda opts: k8s.core.v1.ConfigMap("plain", metadata={"name": "plain"}, data={"a": "1"}, opts=opts))

        assert stack.resource("plain")["id"] == f"{contract.namespace}/plain"
        assert contract.api.get(contract.path("configmaps", "plain")) is not None


class TestReplacement:
    def test_fields_that_cannot_change_in_place_replace_the_object(self, contract: Contract):
        def program(changed: bool):
            def declare(opts: pulumi.ResourceOptions) -> None:
                meta = contract.meta
                more = "new" if changed else "old"
                spec = workload("x", serviceName=more, replicas=0)
                k8s.apps.v1.StatefulSet("service-name", metadata=meta("service-name"), spec=spec, opts=opts)
                spec = workload("x" if changed else "y", replicas=0)
                k8s.apps.v1.Deployment("selector", metadata=meta("selector", annotations=SKIP), spec=spec, opts=opts)
                k8s.rbac.v1.RoleBinding(
                    "role",
                    metadata=meta("role"),
                    role_ref={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": more},
                    subjects=[],
                    opts=opts,
                )
                k8s.core.v1.Secret("type", metadata=meta("type"), type=f"example.org/{more}", opts=opts)
                k8s.core.v1.ConfigMap("renamed", metadata=meta(f"renamed-{more}"), opts=opts)
                k8s.core.v1.ConfigMap("label", metadata=meta("label", labels={"age": more}), opts=opts)

            return declare

        stack = contract.stack()
        stack.up(program(False))
        preview = stack.preview(program(True))

        assert preview.steps == {
            "service-name": "replace",
            "selector": "replace",
            "role": "replace",
            "type": "replace",
            "renamed": "replace",
            "label": "update",
        }
        assert preview.diffs["service-name"] == {"spec.serviceName"}
        assert preview.diffs["role"] == {"roleRef.name"}
        assert preview.diffs["label"] == {"metadata.labels.age"}

    def test_data_replaces_by_default_and_changes_in_place_when_asked(self, contract: Contract):
        def program(value: str):
            def declare(opts: pulumi.ResourceOptions) -> None:
                k8s.core.v1.ConfigMap("map", metadata=contract.meta("map"), data={"a": value}, opts=opts)
                k8s.core.v1.Secret("secret", metadata=contract.meta("secret"), string_data={"a": value}, opts=opts)

            return declare

        stack = contract.stack()
        stack.up(program("first"))
        replacing = stack.preview(program("second"))
        stack.arguments |= {"enable_config_map_mutable": True, "enable_secret_mutable": True}
        updating = stack.up(program("second"))

        assert replacing.steps == {"map": "replace", "secret": "replace"}
        assert updating.steps == {"map": "update", "secret": "update"}
        assert contract.api.get(contract.path("configmaps", "map"))["data"] == {"a": "second"}
        assert contract.api.get(contract.path("secrets", "secret"))["data"] == {"a": "c2Vjb25k"}
