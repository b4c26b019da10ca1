"""Who owns which field of a live object."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.offline.kubernetes_provider.provider import ownership
from tools.offline.kubernetes_provider.provider.errors import ApiError, ProviderError

OURS = "pulumi-kubernetes-1234"
KEYS = st.sampled_from(["f:a", "f:b", "f:c", 'k:{"name":"x"}'])
TREES = st.recursive(st.just({}), lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3), max_leaves=8)


def entry(manager: str, fields: dict, operation: str = "Apply", **more: str) -> dict:
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def deployment(replicas: int | None, *entries: dict) -> dict:
    spec = {} if replicas is None else {"replicas": replicas}
    return {"kind": "Deployment", "metadata": {"name": "d", "managedFields": list(entries)}, "spec": spec}


REPLICAS = {"f:spec": {"f:replicas": {}}}
TEMPLATE = {"f:spec": {"f:template": {}}}


def members(tree: dict, at: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The fields of a tree: every leaf, and every place with a "."."""
    found = {at} if not tree or "." in tree else set()
    for key, inner in tree.items():
        if key != ".":
            found |= members(inner, (*at, key))
    return found


class TestIgnoredChanges:
    def respect(self, live: dict, spec: dict, ignored: str = "spec.replicas") -> dict:
        inputs = {"metadata": {"name": "d"}, "spec": spec}
        before = copy.deepcopy(inputs)
        result = ownership.respect_ignored(live, inputs, [ignored], OURS)
        assert inputs == before
        return result["spec"]

    def test_field_of_others_is_left_out(self):
        live = deployment(3, entry(OURS, TEMPLATE), entry("scaler", REPLICAS, "Update", subresource="scale"))

        assert self.respect(live, {"replicas": 1, "x": 1}) == {"x": 1}

    def test_our_own_field_keeps_its_live_value(self):
        assert self.respect(deployment(3, entry(OURS, REPLICAS)), {"replicas": 1}) == {"replicas": 3}

    def test_shared_field_keeps_its_live_value(self):
        live = deployment(3, entry(OURS, REPLICAS), entry("other", REPLICAS))

        assert self.respect(live, {"replicas": 1}) == {"replicas": 3}

    def test_field_of_nobody_keeps_its_live_value(self):
        """As after a scaling to 0, which owns nothing."""
        assert self.respect(deployment(0, entry(OURS, TEMPLATE)), {"replicas": 1}) == {"replicas": 0}
        assert self.respect(deployment(0, entry(OURS, TEMPLATE)), {}) == {"replicas": 0}

    def test_field_that_does_not_exist_is_sent_as_given(self):
        assert self.respect(deployment(None), {"replicas": 1}) == {"replicas": 1}

    def test_whole_map_counts_as_owned_with_one_of_its_members(self):
        live = deployment(3, entry("other", REPLICAS))

        assert ownership.respect_ignored(live, {"spec": {"replicas": 1}}, ["spec"], OURS) == {}

    def test_paths_through_lists_have_no_effect_here(self):
        live = deployment(3, entry("other", REPLICAS))

        assert self.respect(live, {"replicas": 1}, "spec.containers[0].image") == {"replicas": 1}

    def test_path_through_a_value_is_an_error(self):
        with pytest.raises(ProviderError, match=r"spec\.replicas\.x"):
            self.respect(deployment(3), {}, "spec.replicas.x")


class TestTakeOver:
    def test_what_was_created_becomes_ours(self):
        live = deployment(1, entry("pulumi-kubernetes", REPLICAS, "Update"), entry("other", TEMPLATE, "Update"))

        taken = ownership.taken_over(live, OURS)

        assert taken == [entry("other", TEMPLATE, "Update"), entry(OURS, REPLICAS)]

    def test_joins_what_we_own_already(self):
        live = deployment(1, entry(OURS, TEMPLATE), entry("kubectl-edit", REPLICAS, "Update"))

        assert ownership.taken_over(live, OURS) == [entry(OURS, {"f:spec": {"f:replicas": {}, "f:template": {}}})]

    @pytest.mark.parametrize(
        "other",
        [
            entry("kube-controller-manager", REPLICAS, "Update"),
            entry("pulumi-kubernetes-9999", REPLICAS),
            entry("kubectl", REPLICAS, "Update", subresource="scale"),
        ],
    )
    def test_leaves_others_alone(self, other: dict):
        assert ownership.taken_over(deployment(1, entry(OURS, TEMPLATE), other), OURS) is None

    @given(TREES, TREES)
    def test_union_has_the_fields_of_both(self, one: dict, other: dict):
        union: dict[str, Any] = ownership.union(one, other)

        assert members(union) == members(one) | members(other)

    @given(TREES)
    def test_union_with_itself_changes_nothing(self, tree: dict):
        assert members(ownership.union(tree, tree)) == members(tree)


def test_conflict_names_the_manager_and_the_ways_out():
    err = ApiError(
        409, b'{"reason": "Conflict", "message": "conflict with \\"scaler\\" using apps/v1: .spec.replicas"}'
    )

    text = ownership.conflict_text(err, OURS)

    for part in ('conflict with "scaler"', ".spec.replicas", OURS, "ignore_changes", "patchForce"):
        assert part in text
