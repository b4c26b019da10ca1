"""The documented behaviour of the Kubernetes provider: its own arguments, credentials, clusters out of reach, kinds."""

import json
import shlex
import sys
from collections.abc import Iterator

import pulumi
import pytest
import yaml

from tests.tools.offline.cluster_api import Api, Object, wait_until
from tests.tools.offline.contract import MARKS, Contract, k8s

pytestmark = MARKS

NOWHERE = "https://127.0.0.1:1"


def config_map(contract: Contract):
    return lambda opts: k8s.core.v1.ConfigMap("map", metadata=contract.meta("map"), data={"a": "1"}, opts=opts)


def kubeconfig(api: Api, **user: object) -> Object:
    """The cluster's kubeconfig with another user."""
    config = yaml.safe_load(api.kubeconfig.read_text())
    if user:
        config["users"][0]["user"] = user
    return config


@pytest.fixture
def token(contract: Contract) -> Iterator[str]:
    """A token of a ServiceAccount that may do anything in the test's namespace."""
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": contract.namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}
    contract.api.create(
        contract.path("rolebindings", group="rbac.authorization.k8s.io/v1"),
        {"metadata": {"name": "admin"}, "roleRef": role, "subjects": [subject]},
    )
    path = contract.path("serviceaccounts", "default")
    return contract.api.request("POST", f"{path}/token", {"spec": {"expirationSeconds": 3600}})["status"]["token"]


class TestCluster:
    def test_another_cluster_replaces_everything_and_another_spelling_nothing(self, contract: Contract, tmp_path):
        text = contract.api.kubeconfig.read_text()
        elsewhere = text.replace(contract.api.server, NOWHERE)
        first = tmp_path / "first"
        first.write_text(text)
        stack = contract.stack(kubeconfig=str(first))
        stack.up(config_map(contract))

        def preview(**arguments: object):
            stack.arguments = arguments
            return stack.preview()

        contents = preview(kubeconfig=text)
        other = preview(kubeconfig=elsewhere)
        named = preview(kubeconfig=elsewhere, cluster_identifier="new")
        first.unlink()
        gone = preview(kubeconfig=text)

        assert (contents.provider, contents.steps) == ("update", {})
        assert (other.provider, other.steps) == ("replace", {"map": "replace"})
        assert (named.provider, named.steps) == ("replace", {"map": "replace"})
        assert not gone.failed
        assert (gone.provider, gone.steps) == ("update", {})

    def test_identifier_alone_decides_once_it_is_set(self, contract: Contract):
        text = contract.api.kubeconfig.read_text()
        elsewhere = text.replace(contract.api.server, NOWHERE)
        stack = contract.stack(cluster_identifier="one")
        stack.up(config_map(contract))
        stack.arguments = {"kubeconfig": elsewhere, "cluster_identifier": "one"}
        same = stack.preview()
        stack.arguments = {"kubeconfig": text, "cluster_identifier": "two"}
        other = stack.preview()

        assert (same.provider, same.steps) == ("update", {})
        assert (other.provider, other.steps) == ("replace", {"map": "replace"})

    def test_context_chooses_cluster_and_namespace(self, contract: Contract):
        config = kubeconfig(contract.api)
        first = config["contexts"][0]
        config["contexts"].append({"name": "second", "context": {**first["context"], "namespace": contract.namespace}})
        config["clusters"].append({"name": "wrong", "cluster": {"server": NOWHERE}})
        first["context"] = {**first["context"], "cluster": "wrong"}
        stack = contract.stack(kubeconfig=json.dumps(config), context="second")

        stack.up(lambda opts: k8s.core.v1.ConfigMap("map", metadata={"name": "map"}, opts=opts))

        assert stack.resource("map")["id"] == f"{contract.namespace}/map"


class TestCredentials:
    def test_token(self, contract: Contract, token: str):
        config = kubeconfig(contract.api, token=token)
        stack = contract.stack(kubeconfig=json.dumps(config))

        stack.up(config_map(contract))

        owner = contract.api.get(contract.path("configmaps", "map"))["metadata"]["managedFields"][0]["manager"]
        assert owner == "pulumi-kubernetes"

    def test_exec_plugin(self, contract: Contract, token: str, tmp_path):
        credential = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": token},
        }
        script = tmp_path / "credential"
        script.write_text(f"#!/bin/sh\necho {shlex.quote(json.dumps(credential))}\n")
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": [str(script)],
            "interactiveMode": "Never",
        }
        stack = contract.stack(kubeconfig=json.dumps(kubeconfig(contract.api, exec=plugin)))

        update = stack.up(config_map(contract))

        assert token not in update.output
        assert contract.api.get(contract.path("configmaps", "map")) is not None

    def test_failing_exec_plugin(self, contract: Contract):
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": ["-c", "raise SystemExit(3)"],
            "interactiveMode": "Never",
        }
        stack = contract.stack(kubeconfig=json.dumps(kubeconfig(contract.api, exec=plugin)))

        refused = stack.up(config_map(contract), fails=True)

        assert "exit" in refused.output
        assert sys.executable.rpartition("/")[2] in refused.output


class TestOutOfReach:
    @pytest.mark.parametrize("how", ["no answer", "no file"])
    def test_preview_works_and_update_says_why_not(self, contract: Contract, how: str):
        text = contract.api.kubeconfig.read_text().replace(contract.api.server, NOWHERE)
        stack = contract.stack(kubeconfig=text if how == "no answer" else "/nonexistent/kubeconfig")
        preview = stack.preview(config_map(contract))
        update = stack.up(fails=True)

        assert preview.steps == {"map": "create"}
        assert not preview.failed
        assert "configured Kubernetes cluster is unreachable" in update.output

    def test_what_is_lost_can_be_forgotten(self, contract: Contract, tmp_path):
        path = tmp_path / "kubeconfig"
        text = contract.api.kubeconfig.read_text()
        path.write_text(text)
        stack = contract.stack(kubeconfig=str(path))
        stack.up(config_map(contract))
        path.write_text(text.replace(contract.api.server, NOWHERE))

        stuck = stack.destroy(fails=True)
        stack.environment["PULUMI_K8S_DELETE_UNREACHABLE"] = "true"
        stack.destroy()

        assert "unreachable" in stuck.output
        assert "PULUMI_K8S_DELETE_UNREACHABLE" in stuck.output
        assert stack.resource("map") is None
        assert contract.api.get(contract.path("configmaps", "map")) is not None


class TestRender:
    def test_writes_manifests_instead_of_calling_the_cluster(self, contract: Contract, tmp_path):
        folder = tmp_path / "manifests"
        stack = contract.stack(kubeconfig=None, render_yaml_to_directory=str(folder))
        stack.environment["KUBECONFIG"] = str(contract.api.kubeconfig)
        stack.up(config_map(contract))
        file = folder / "1-manifest" / f"v1-configmap-{contract.namespace}-map.yaml"
        written = yaml.safe_load(file.read_text())
        stack.destroy()

        assert (written["metadata"]["name"], written["data"]) == ("map", {"a": "1"})
        assert not file.exists()
        assert contract.api.get(contract.path("configmaps", "map")) is None


class TestCustomKinds:
    def test_a_kind_and_its_objects_in_one_update(self, contract: Contract):
        kind = f"Widget{contract.namespace[-8:].capitalize()}"
        plural = f"{kind.lower()}s"

        def program(value: str):
            def declare(opts: pulumi.ResourceOptions) -> None:
                free = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
                schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": free}}}
                definition = k8s.apiextensions.v1.CustomResourceDefinition(
                    "definition",
                    metadata={"name": f"{plural}.example.org"},
                    spec={
                        "group": "example.org",
                        "scope": "Namespaced",
                        "names": {"kind": kind, "plural": plural},
                        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
                    },
                    opts=opts,
                )
                k8s.apiextensions.CustomResource(
                    "widget",
                    api_version="example.org/v1",
                    kind=kind,
                    metadata=contract.meta("widget"),
                    spec={"a": value, "share": 1.5, "list": [1, 2]},
                    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[definition])),
                )

            return declare

        stack = contract.stack()
        preview = stack.preview(program("1"))
        stack.up()
        stack.refresh()
        again = stack.up()
        changed = stack.up(program("2"))
        live = contract.api.get(contract.path(plural, "widget", "example.org/v1"))
        definition = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.example.org"
        contract.api.delete(definition)
        wait_until(lambda: contract.api.get(contract.path(plural, "widget", "example.org/v1")) is None)
        stack.refresh()

        assert preview.steps == {"definition": "create", "widget": "create"}
        assert again.steps == {}
        assert changed.diffs == {"widget": {"spec.a"}}
        assert live["spec"] == {"a": "2", "share": 1.5, "list": [1, 2]}
        assert stack.resource("widget") is None
