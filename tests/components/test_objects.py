"""From manifests to resources, and checks of component arguments."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.objects import check_keys, declare, declare_untyped, present
from tests.components.examples import workspace
from tests.harness import run


class Args(TypedDict):
    name: str
    size: NotRequired[int]


def test_arguments_that_fit_are_accepted():
    check_keys("Thing 'a'", {"name": "x"}, Args)
    check_keys("Thing 'a'", {"name": "x", "size": 1}, Args)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"nam": "x"}, r"Thing 'a': unknown argument 'nam' \(did you mean 'name'\?\); missing argument 'name'"),
        ({"name": "x", "zzz": 1}, "unknown argument 'zzz'; allowed: name, size"),
        ({}, "missing argument 'name'"),
    ],
)
def test_arguments_that_do_not_fit_are_named_with_those_that_would(args, message):
    with pytest.raises(ValueError, match=message):
        check_keys("Thing 'a'", args, Args)


def test_absent_values_are_left_out_but_zero_and_false_are_values():
    assert present({"a": None, "b": 0, "c": False, "d": ""}) == {"b": 0, "c": False, "d": ""}


def test_untyped_declaration_is_the_same_resource_as_the_typed_one():
    from components.workspace.stateful_set import stateful_set

    manifest = stateful_set(workspace())
    opts = pulumi.ResourceOptions(ignore_changes=["spec.replicas"])

    typed = run(lambda: declare(kubernetes.apps.v1.StatefulSet, "alice", manifest, opts)).one("StatefulSet", "alice")
    untyped = run(lambda: declare_untyped("alice", manifest, opts)).one("StatefulSet", "alice")

    assert untyped.urn == typed.urn
    assert untyped.manifest == typed.manifest
    assert untyped.request.version == typed.request.version
    assert untyped.request.ignoreChanges == typed.request.ignoreChanges
