"""The engine's calls that need no cluster: check, compare, configure."""

from typing import Any

import pytest

from tools.offline.kubernetes_provider.provider import checkpoint, values
from tools.offline.kubernetes_provider.provider.engine import Engine
from tools.offline.kubernetes_provider.provider.protocol import provider_pb2
from tools.offline.kubernetes_provider.provider.servicer import Servicer

URN = "urn:pulumi:dev::slate::kubernetes:core/v1:ConfigMap::settings"
AUTONAMING = provider_pb2.CheckRequest.AutonamingOptions


class AbortedError(Exception):
    """What a gRPC context raises when a call ends with an error."""


class Context:
    """A gRPC context that remembers nothing but the error."""

    def abort(self, code: Any, details: str) -> None:
        raise AbortedError(f"{code.name}: {details}")


def config_map(**metadata: Any) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}}


@pytest.fixture
def servicer() -> Servicer:
    found = Servicer(Engine())
    found.Configure(provider_pb2.ConfigureRequest(variables={"kubernetes:config:namespace": "home"}), Context())
    return found


def check(servicer: Servicer, new: dict, old: dict | None = None, urn: str = URN, **more: Any) -> dict:
    request = provider_pb2.CheckRequest(
        urn=urn, news=values.encode(new), olds=values.encode(old) if old else None, randomSeed=b"12345678", **more
    )
    return values.decode(servicer.Check(request, Context()).inputs)


def compare(servicer: Servicer, old: dict, new: dict, urn: str = URN, ignored: tuple[str, ...] = ()) -> Any:
    state = values.encode(checkpoint.make(old, old, old, "manager"))
    request = provider_pb2.DiffRequest(urn=urn, olds=state, news=values.encode(new), ignoreChanges=ignored)
    return servicer.Diff(request, Context())


class TestCheck:
    def test_makes_up_a_name_and_keeps_it(self, servicer: Servicer):
        first = check(servicer, config_map())
        again = check(servicer, config_map(), first)

        assert first["metadata"] == {
            "name": "settings-31323334",
            "namespace": "home",
            "annotations": {"pulumi.com/autonamed": "true"},
        }
        assert again == first

    def test_takes_the_engines_proposal(self, servicer: Servicer):
        autonaming = AUTONAMING(proposed_name="proposed", mode=AUTONAMING.ENFORCE)

        assert check(servicer, config_map(), autonaming=autonaming)["metadata"]["name"] == "proposed"

    def test_refuses_to_make_up_a_name_where_that_is_switched_off(self, servicer: Servicer):
        with pytest.raises(AbortedError, match="autonaming is disabled"):
            check(servicer, config_map(), autonaming=AUTONAMING(mode=AUTONAMING.DISABLE))

    def test_a_name_that_is_no_longer_chosen_is_left_to_the_replacement(self, servicer: Servicer):
        assert "name" not in check(servicer, config_map(), config_map(name="chosen"))["metadata"]

    def test_objects_of_the_whole_cluster_get_no_namespace(self, servicer: Servicer):
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}

        assert check(servicer, namespace) == namespace

    @pytest.mark.parametrize(
        ("new", "kind", "message"),
        [
            (config_map(generateName="x-"), "ConfigMap", "generateName"),
            (config_map(), "ConfigMapPatch", "require the `.metadata.name`"),
            ({"apiVersion": "v1", "kind": "ConfigMapList"}, "ConfigMapList", "list resources"),
        ],
    )
    def test_refusals(self, servicer: Servicer, new: dict, kind: str, message: str):
        with pytest.raises(AbortedError, match=message):
            check(servicer, new, urn=URN.replace("ConfigMap:", f"{kind}:"))

    def test_a_custom_kind_may_end_in_list(self, servicer: Servicer):
        new = {"apiVersion": "example.org/v1", "kind": "PriceList", "metadata": {"name": "p", "namespace": "n"}}

        assert check(servicer, new, urn="urn:pulumi:dev::slate::kubernetes:example.org/v1:PriceList::p") == new


class TestDiff:
    OLD = config_map(name="m", namespace="n")

    def test_nothing(self, servicer: Servicer):
        answer = compare(servicer, self.OLD, self.OLD)

        assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
        assert not answer.detailedDiff

    def test_the_same_name_must_be_deleted_first(self, servicer: Servicer):
        answer = compare(servicer, self.OLD, {**self.OLD, "data": {"a": "2"}})

        assert list(answer.replaces) == ["data.a"]
        assert answer.deleteBeforeReplace
        assert answer.detailedDiff["data.a"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE

    def test_another_name_need_not(self, servicer: Servicer):
        answer = compare(servicer, self.OLD, config_map(name="other", namespace="n"))

        assert list(answer.replaces) == ["metadata.name"]
        assert not answer.deleteBeforeReplace

    def test_an_automatic_name_need_not(self, servicer: Servicer):
        old = config_map(name="m", namespace="n", annotations={"pulumi.com/autonamed": "true"})

        assert not compare(servicer, old, {**old, "data": {"a": "2"}}).deleteBeforeReplace

    def test_ignored_changes_are_none(self, servicer: Servicer):
        answer = compare(servicer, self.OLD, {**self.OLD, "data": {"a": "2"}}, ignored=("data",))

        assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE

    def test_patches_replace_only_for_another_object(self, servicer: Servicer):
        urn = URN.replace("ConfigMap:", "ConfigMapPatch:")

        assert not compare(servicer, self.OLD, {**self.OLD, "data": {"a": "2"}}, urn).replaces
        assert compare(servicer, self.OLD, config_map(name="other", namespace="n"), urn).replaces

    def test_an_ignore_path_that_is_none_is_refused(self, servicer: Servicer):
        with pytest.raises(AbortedError, match="is not a property path"):
            compare(servicer, self.OLD, self.OLD, ignored=("data..a",))


class TestErrors:
    def test_a_cluster_out_of_reach_is_named_and_secrets_are_not(self, servicer: Servicer):
        variables = {"kubernetes:config:kubeconfig": "/nonexistent/kubeconfig"}
        servicer.Configure(provider_pb2.ConfigureRequest(variables=variables), Context())
        secret = {**config_map(name="m", namespace="n"), "data": values.Secret({"a": "confidential"})}
        request = provider_pb2.CreateRequest(urn=URN, properties=values.encode(secret))

        with pytest.raises(AbortedError, match="there is no file /nonexistent/kubeconfig") as caught:
            servicer.Create(request, Context())

        assert "confidential" not in str(caught.value)

    def test_a_preview_needs_no_cluster(self, servicer: Servicer):
        variables = {"kubernetes:config:kubeconfig": "/nonexistent/kubeconfig"}
        servicer.Configure(provider_pb2.ConfigureRequest(variables=variables), Context())
        properties = values.encode(config_map(name="m", namespace="n"))

        answer = servicer.Create(provider_pb2.CreateRequest(urn=URN, properties=properties, preview=True), Context())

        assert answer.properties == properties

    @pytest.mark.parametrize("call", ["Construct", "Invoke"])
    def test_what_only_upstream_can_do(self, servicer: Servicer, call: str):
        request = {
            "Construct": provider_pb2.ConstructRequest(type="kubernetes:helm.sh/v4:Chart"),
            "Invoke": provider_pb2.InvokeRequest(tok="kubernetes:helm:template"),
        }[call]

        with pytest.raises(AbortedError, match=r"UNIMPLEMENTED: .*helm.*offline Kubernetes provider"):
            getattr(servicer, call)(request, Context())


def test_yaml_documents_are_decoded(servicer: Servicer):
    arguments = values.encode({"text": "kind: A\nmetadata: {name: a}\n---\n---\nkind: B\n", "defaultNamespace": "n"})

    answer = servicer.Invoke(provider_pb2.InvokeRequest(tok="kubernetes:yaml:decode", args=arguments), Context())

    found = values.decode(getattr(answer, "return"))["result"]
    assert found == [{"kind": "A", "metadata": {"name": "a", "namespace": "n"}}, {"kind": "B"}]


def test_version_and_schema(servicer: Servicer):
    assert servicer.GetPluginInfo(None, Context()).version == "4.34.2"
    assert '"kubernetes"' in servicer.GetSchema(provider_pb2.GetSchemaRequest(), Context()).schema
