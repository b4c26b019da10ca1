"""What the state keeps of an object, and what new inputs are compared with."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from tools.offline.kubernetes_provider.provider import checkpoint, diff, values
from tools.offline.kubernetes_provider.provider.values import Secret

KEYS = st.sampled_from(["a", "b", "c", "requests", "storage"])
TREES = st.recursive(
    st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x", "1Gi", "1024Mi"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def config_map(**fields) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": "n"}, **fields}


def compare(live: dict, inputs: dict, new: dict) -> set[str]:
    new = copy.deepcopy(new)
    base = checkpoint.base(live, copy.deepcopy(inputs), new)
    return {diff.text(c.path) for c in diff.changes(base, new)}


class TestState:
    def test_holds_inputs_and_live_object_and_gives_them_back(self):
        inputs = config_map(data={"a": "1"})
        live = config_map(data={"a": "1"}, status={"x": 1})

        state = values.decode(values.encode(checkpoint.make(inputs, live, inputs, "manager")))

        assert checkpoint.split(state) == (inputs, live)
        assert state["__initialApiVersion"] == "v1"
        assert state["__fieldManager"] == "manager"

    def test_marks_secrets_in_both(self):
        inputs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "Yg=="}}

        state = checkpoint.make(inputs, copy.deepcopy(inputs), inputs, "manager")

        assert isinstance(state["data"], Secret)
        assert isinstance(state["__inputs"]["data"], Secret)

    def test_writes_schema_extensions_as_the_sdk_does(self):
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        obj = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {},
            "spec": {"s": schema},
        }

        state = checkpoint.make(obj, obj, obj, "manager")

        assert state["spec"]["s"] == {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
        assert checkpoint.split(state)[0] == obj


class TestNormalize:
    def test_drops_what_only_the_server_sets(self):
        obj = config_map()
        obj["metadata"] |= {"uid": "u", "resourceVersion": "1", "managedFields": [], "labels": {"a": "b"}}

        assert checkpoint.normalize(obj)["metadata"] == {"name": "m", "namespace": "n", "labels": {"a": "b"}}

    def test_writes_texts_of_a_secret_as_data(self):
        secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}, "stringData": {"b": "y"}}

        assert values.strip(checkpoint.normalize(secret))["data"] == {"a": "eA==", "b": "eQ=="}
        assert "stringData" not in secret

    def test_leaves_a_secret_alone_that_is_not_known_yet(self):
        secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"b": values.UNKNOWN}}

        assert checkpoint.normalize(copy.deepcopy(secret)) == secret

    def test_keeps_text_that_is_no_base64_for_the_server_to_refuse(self):
        secret = {"apiVersion": "v1", "kind": "Secret", "data": {"b": "not base64"}}

        assert values.strip(checkpoint.normalize(secret))["data"] == {"b": "not base64"}


class TestComparison:
    @given(st.dictionaries(KEYS, TREES, max_size=4), st.dictionaries(KEYS, TREES, max_size=2))
    def test_unchanged_inputs_are_no_change_whatever_the_server_adds(self, data, extra):
        inputs = config_map(data=data)
        live = config_map(data={**{f"more-{k}": v for k, v in extra.items()}, **data}, status=extra)

        assert compare(live, inputs, inputs) == set()

    @given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4))
    def test_what_the_server_never_stored_is_no_change(self, data):
        inputs = config_map(data=data)

        assert compare(config_map(), inputs, inputs) == set()

    def test_a_change_by_someone_else_shows_once_the_state_has_it(self):
        inputs = config_map(data={"a": "1"})

        assert compare(config_map(data={"a": "2"}), inputs, inputs) == {"data.a"}

    def test_a_new_field_shows_even_if_the_server_has_set_it(self):
        assert compare(config_map(data={"a": "1"}), config_map(), config_map(data={"a": "1"})) == {"data"}

    def test_no_namespace_means_default(self):
        live = config_map()
        live["metadata"]["namespace"] = "default"
        new = config_map()
        del new["metadata"]["namespace"]

        assert compare(live, new, new) == set()

    def test_a_namespace_means_nothing_to_an_object_of_the_whole_cluster(self):
        live = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
        new = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "namespace": "x"}}

        assert compare(live, new, new) == set()


class TestRefresh:
    def test_takes_over_the_values_of_the_fields_that_were_given(self):
        inputs = config_map(data={"a": "1", "b": "2"})
        live = config_map(data={"a": "1", "b": "changed", "c": "other"})

        assert checkpoint.prune(live, inputs, inputs, inputs)["data"] == {"a": "1", "b": "changed"}

    def test_drops_a_field_that_someone_took_away(self):
        inputs = config_map(data={"a": "1", "b": "2"})

        assert checkpoint.prune(config_map(data={"a": "1"}), inputs, inputs, inputs)["data"] == {"a": "1"}

    def test_keeps_a_field_that_the_server_never_stored(self):
        inputs = config_map(data={"a": "1"}, flag=False)
        live = config_map(data={"a": "1"})

        assert checkpoint.prune(live, inputs, inputs, live)["flag"] is False

    def test_drops_a_field_whose_update_was_refused(self):
        applied, inputs = config_map(), config_map(data={"a": "1"})

        assert "data" not in checkpoint.prune(config_map(), inputs, applied, config_map())

    def test_keeps_the_spelling_of_a_quantity(self):
        inputs = {"spec": {"requests": {"storage": "1024Mi"}}}

        assert checkpoint.prune({"spec": {"requests": {"storage": "1Gi"}}}, inputs, inputs, inputs) == inputs

    def test_ignores_elements_that_were_added_to_a_list(self):
        inputs = {"spec": {"tolerations": [{"key": "a"}]}}
        live = {"spec": {"tolerations": [{"key": "a", "effect": "NoSchedule"}, {"key": "b"}]}}

        assert checkpoint.prune(live, inputs, inputs, inputs) == inputs


def test_imported_inputs_are_everything_but_what_the_server_sets():
    live = config_map(data={"a": "1"}, status={"x": 1})
    live["metadata"] |= {
        "uid": "u",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "k": "v"},
    }

    inputs = checkpoint.imported(live)

    assert inputs == config_map(data={"a": "1"}, metadata={"name": "m", "namespace": "n", "annotations": {"k": "v"}})
