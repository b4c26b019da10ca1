"""What a change would lose is found, and what it would not lose is not."""

from typing import Any

import pytest

from policies.changes.change import Change, Does
from policies.changes.judge import judge
from policies.values import UNKNOWN
from tests.policies.changes.plans import change, claim, plan, workspace


def found(*changes: Change) -> list[tuple[str, str, str]]:
    return [(one.finding.rule, one.change.key, one.finding.text) for one in judge(plan(*changes))]


@pytest.mark.parametrize("does", [Does.DELETE, Does.REPLACE])
def test_a_claim_that_goes_is_found_with_its_size(does: Does):
    ((rule, key, text),) = found(change("PersistentVolumeClaim", "pages", does, claim("5Gi"), namespace="slate-system"))

    assert (rule, key) == ("SLATE-KEEP-CLAIM", "PersistentVolumeClaim slate-system/pages")
    assert text == f"is {does.value}: the data on it (5Gi) is lost."


@pytest.mark.parametrize("does", [Does.KEEP, Does.CREATE, Does.UPDATE])
def test_a_claim_that_stays_is_not(does: Does):
    assert found(change("PersistentVolumeClaim", "pages", does, claim("5Gi"), claim("5Gi"))) == []


def test_a_part_of_a_claim_that_pulumi_forgets_takes_no_claim_with_it():
    assert found(change("PersistentVolumeClaim", "home-bob-0", Does.DELETE, claim("20Gi"), patch=True)) == []


def test_a_workspace_that_goes_is_found_with_its_user_and_the_home_that_stays():
    ((rule, key, text),) = found(change("StatefulSet", "bob", Does.DELETE, workspace("bob")))

    assert (rule, key) == ("SLATE-KEEP-WORKSPACE", "StatefulSet ws-vision/bob")
    assert "the workspace of bob-user" in text
    assert "home-bob-0 stays" in text


def test_a_workspace_that_is_replaced_loses_what_is_open():
    ((_, _, text),) = found(change("StatefulSet", "bob", Does.REPLACE, workspace("bob"), workspace("bob")))

    assert "unsaved" in text


def test_a_program_without_volumes_may_go():
    assert found(change("StatefulSet", "relay", Does.DELETE, {"spec": {}})) == []


def test_a_project_that_goes_is_one_finding_that_lists_all_its_volumes():
    spaces = [change("StatefulSet", f"w{n}", Does.DELETE, workspace(f"w{n}", "20Gi")) for n in range(6)]
    secret = change("Secret", "workspace-tokens", Does.DELETE, {"data": {}})

    ((rule, key, text),) = found(change("Namespace", "ws-vision", Does.DELETE, {}), *spaces, secret)

    assert (rule, key) == ("SLATE-KEEP-PROJECT", "Namespace ws-vision")
    assert text.startswith("is deleted, and with it 6 volumes: home-w0-0 (20Gi), home-w1-0 (20Gi)")
    assert "and 1 more" in text


def test_a_home_that_has_grown_is_told_at_its_size():
    grown = change("PersistentVolumeClaim", "home-bob-0", Does.DELETE, claim("25Gi"), patch=True)

    ((_, _, text),) = found(
        change("Namespace", "ws-vision", Does.DELETE, {}),
        change("StatefulSet", "bob", Does.DELETE, workspace("bob", "10Gi")),
        grown,
    )

    assert "1 volume: home-bob-0 (25Gi)" in text


def test_a_project_without_declared_workspaces_may_still_hold_homes():
    ((_, _, text),) = found(change("Namespace", "ws-vision", Does.DELETE, {}))

    assert "those of removed workspaces included" in text


def test_what_is_in_another_namespace_is_told_by_itself():
    rules = [
        rule
        for rule, _, _ in found(
            change("Namespace", "ws-vision", Does.DELETE, {}),
            change("StatefulSet", "erin", Does.DELETE, workspace("erin"), namespace="ws-language"),
        )
    ]

    assert rules == ["SLATE-KEEP-PROJECT", "SLATE-KEEP-WORKSPACE"]


@pytest.mark.parametrize("name", ["monitoring", "slate-canary"])
def test_namespaces_without_homes_of_users_may_go(name: str):
    assert found(change("Namespace", name, Does.DELETE, {})) == []


def test_protection_that_is_taken_off_is_found():
    ((rule, _, _),) = found(change("Namespace", "ws-vision", Does.KEEP, {}, {}, protected=True))

    assert rule == "SLATE-KEEP-PROTECTION"


@pytest.mark.parametrize(("before", "after"), [(False, False), (False, True), (True, True)])
def test_protection_that_stays_or_comes_is_not(before: bool, after: bool):
    assert found(change("Namespace", "ws-vision", Does.KEEP, {}, {}, protected=before, protected_after=after)) == []


RETENTION: Any = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"}}


@pytest.mark.parametrize(
    ("kind", "old", "new", "path"),
    [
        (
            "StatefulSet",
            workspace("bob"),
            workspace("bob", **RETENTION),
            "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
        ),
        (
            "PersistentVolume",
            {"spec": {}},
            {"spec": {"persistentVolumeReclaimPolicy": "Delete"}},
            "spec.persistentVolumeReclaimPolicy",
        ),
        ("StorageClass", {"reclaimPolicy": "Retain"}, {}, "reclaimPolicy"),
    ],
)
def test_a_weaker_retention_is_found_and_a_stronger_one_is_not(kind: str, old: dict, new: dict, path: str):
    (judged,) = judge(plan(change(kind, "it", Does.UPDATE, old, new)))

    assert judged.finding.rule == "SLATE-KEEP-RETENTION"
    assert judged.finding.path == path
    assert judge(plan(change(kind, "it", Does.UPDATE, new, old))) == []


@pytest.mark.parametrize(("before", "after", "count"), [("10Gi", "9Gi", 1), ("1Gi", "1024Mi", 0), ("9Gi", "10Gi", 0)])
def test_a_volume_that_shrinks_is_found(before: str, after: str, count: int):
    rules = [
        rule for rule, _, _ in found(change("PersistentVolumeClaim", "x", Does.UPDATE, claim(before), claim(after)))
    ]

    assert rules == ["SLATE-KEEP-SIZE"] * count


@pytest.mark.parametrize(("name", "count"), [("workspace-tokens", 1), ("service-level-ids", 1), ("anything", 0)])
def test_secrets_as_old_as_the_data_are_kept(name: str, count: int):
    assert len(found(change("Secret", name, Does.REPLACE, {"data": {}}, {"data": {}}))) == count


def test_a_size_that_is_not_known_yet_is_undecided_and_hides_nothing():
    unknown = {"spec": {"resources": {"requests": {"storage": UNKNOWN}}}}

    (judged,) = judge(plan(change("PersistentVolumeClaim", "x", Does.UPDATE, claim("1Gi"), unknown)))

    assert judged.finding.outcome.value == "undecided at preview"
    assert judged.finding.rule == "SLATE-KEEP-SIZE"
