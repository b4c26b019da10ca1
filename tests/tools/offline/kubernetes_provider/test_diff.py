"""Differences between the cluster's object and the inputs."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.offline.kubernetes_provider.provider import diff, kinds
from tools.offline.kubernetes_provider.provider.diff import ADD, DELETE, UPDATE, Change
from tools.offline.kubernetes_provider.provider.values import UNKNOWN

KEYS = st.text(alphabet='ab.["]/-', min_size=1, max_size=4)
LEAVES = st.booleans() | st.integers(0, 3) | st.text(alphabet="xy", max_size=2)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
OBJECTS = st.dictionaries(KEYS, TREES, max_size=4)


def apply(value: Any, changes: list[Change]) -> Any:
    """Carry changes out: the check that they say everything that differs, and nothing else."""
    value = copy.deepcopy(value)
    for change in sorted(changes, key=lambda c: (c.kind == DELETE, [-s if isinstance(s, int) else 0 for s in c.path])):
        parent: Any = value
        for step in change.path[:-1]:
            parent = parent[step]
        last: Any = change.path[-1]
        if change.kind == DELETE:
            del parent[last]
        elif isinstance(parent, list) and last == len(parent):
            parent.append(change.value)
        else:
            parent[last] = change.value
    return value


@given(OBJECTS, OBJECTS)
def test_changes_lead_from_the_old_to_the_new(old, new):
    added = [c for c in diff.changes(old, new) if c.kind == ADD]
    others = [c for c in diff.changes(old, new) if c.kind != ADD]
    in_order = sorted(added, key=lambda c: [s if isinstance(s, int) else 0 for s in c.path])

    middle = apply(old, [c for c in others if c.kind == UPDATE])
    for change in in_order:
        middle = apply(middle, [change])
    for change in sorted(
        (c for c in others if c.kind == DELETE), key=lambda c: [-s if isinstance(s, int) else 0 for s in c.path]
    ):
        middle = apply(middle, [change])

    assert middle == new


@given(OBJECTS)
def test_an_object_does_not_differ_from_itself(value):
    assert diff.changes(value, copy.deepcopy(value)) == []


@given(st.lists(st.integers(0, 9) | KEYS, min_size=1, max_size=5))
def test_a_path_can_be_read_back(steps):
    path = ("start", *steps)

    assert diff.parse(diff.text(path)) == path


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("spec.replicas", ("spec", "replicas")),
        ("spec.containers[0].image", ("spec", "containers", 0, "image")),
        ("spec.containers[*].image", ("spec", "containers", "*", "image")),
        ('metadata.labels["a.b/c"]', ("metadata", "labels", "a.b/c")),
        ('["a"].b', ("a", "b")),
    ],
)
def test_paths_as_people_write_them(written, path):
    assert diff.parse(written) == path


@pytest.mark.parametrize("written", ["spec..replicas", "spec[", "spec[x]", 'a["b'])
def test_what_is_no_path_is_said_to_be_none(written):
    with pytest.raises(ValueError, match="is not a property path"):
        diff.parse(written)


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ("spec.replicas", "spec.replicas", True),
        ("spec", "spec.replicas", True),
        ("spec.replicas", "spec", False),
        ("spec.containers[*].image", "spec.containers[3].image", True),
        ("spec.rep", "spec.replicas", False),
    ],
)
def test_ignoring_covers_what_lies_below(outer, inner, covered):
    assert diff.covers(diff.parse(outer), diff.parse(inner)) == covered


def test_a_change_is_shown_at_its_outermost_place():
    old = {"metadata": {"name": "x"}, "spec": {"a": [{"b": 1, "c": 2}]}}
    new = {"metadata": {"name": "x", "labels": {"l": "1"}}, "spec": {"a": [{"b": 2}, {"b": 3}]}}

    found = {diff.text(c.path): c.kind for c in diff.changes(old, new)}

    assert found == {"metadata.labels": ADD, "spec.a[0].b": UPDATE, "spec.a[0].c": DELETE, "spec.a[1]": ADD}


def test_a_value_that_is_not_known_yet_is_a_change():
    assert diff.changes({"a": UNKNOWN}, {"a": UNKNOWN}) == [Change(("a",), UPDATE, UNKNOWN)]


def test_spellings_of_one_quantity_are_no_change():
    old = {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}, "sizeLimit": "1Gi", "value": "1Gi"}
    new = {"resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}}, "sizeLimit": "1024Mi", "value": "1024Mi"}

    assert [diff.text(c.path) for c in diff.changes(old, new)] == ["value"]


def stateful_set(**metadata) -> dict:
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x", **metadata}}


@pytest.mark.parametrize(
    ("obj", "change", "replaced"),
    [
        (stateful_set(), Change(("spec", "serviceName"), UPDATE, "b"), True),
        (stateful_set(), Change(("spec", "selector", "matchLabels", "app"), UPDATE, "b"), True),
        (stateful_set(), Change(("spec", "volumeClaimTemplates", 0, "spec", "resources"), UPDATE, {}), True),
        (stateful_set(), Change(("spec", "template"), UPDATE, {}), False),
        (stateful_set(), Change(("spec",), ADD, {"serviceName": "a"}), True),
        (stateful_set(), Change(("spec",), ADD, {"replicas": 1}), False),
        (stateful_set(), Change(("spec",), DELETE), False),
        (stateful_set(), Change(("metadata", "name"), UPDATE, "b"), True),
        (stateful_set(), Change(("metadata", "labels", "a"), UPDATE, "b"), False),
        (stateful_set(), Change(("metadata",), DELETE), True),
        ({"apiVersion": "v1", "kind": "Pod"}, Change(("spec", "containers", 1, "image"), UPDATE, "b"), True),
        ({"apiVersion": "v1", "kind": "Pod"}, Change(("spec", "containers", 1), ADD, {"image": "b"}), True),
        ({"apiVersion": "v1", "kind": "Pod"}, Change(("spec", "tolerations"), ADD, []), False),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, Change(("data", "a"), UPDATE, "b"), True),
        ({"apiVersion": "example.org/v1", "kind": "StatefulSet"}, Change(("spec", "serviceName"), UPDATE, "b"), False),
    ],
)
def test_fields_that_cannot_change_in_place(obj, change, replaced):
    patterns = kinds.replaced_fields(obj, mutable_config_maps=False, mutable_secrets=False)

    assert diff.replaces(change, patterns) == replaced


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_immutable_data_is_replaced_even_when_data_may_change(kind):
    change = Change(("data", "a"), UPDATE, "b")
    mutable = {"apiVersion": "v1", "kind": kind}

    def patterns(obj):
        return kinds.replaced_fields(obj, mutable_config_maps=True, mutable_secrets=True)

    assert not diff.replaces(change, patterns(mutable))
    assert diff.replaces(change, patterns({**mutable, "immutable": True}))
