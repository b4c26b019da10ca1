"""A recording is judged as a whole: data, promises, what it uses and costs, exemptions."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.findings import Finding, Outcome
from policies.parameters import Exemption, Parameters
from tests.tools.preview.made_steps import NOW, POOL, claim, deployment, recording, step, workspace, workspace_step
from tools.preview.analysis import Analysis, analyse
from tools.preview.recording import FAILED, PolicyFinding, Recording
from tools.preview.values import SECRET, UNKNOWN

NAMESPACE = {"kind": "Namespace", "metadata": {"name": "ws-vision"}}
LEFT = Exemption("SLATE-KEEP-WORKSPACE", "StatefulSet ws-vision/bob", "bob left", "ops", date(2026, 12, 1), "file")
GONE = workspace_step("bob", "delete", old=workspace("bob"))

KINDS = (
    "slate:index:NodePool",
    *(
        f"kubernetes:{kind}"
        for kind in (
            "core/v1:ConfigMap",
            "core/v1:PersistentVolumeClaim",
            "core/v1:PersistentVolumeClaimPatch",
            "core/v1:Namespace",
            "core/v1:Secret",
            "apps/v1:StatefulSet",
            "apps/v1:Deployment",
            "monitoring.coreos.com/v1:PrometheusRule",
        )
    ),
)
KEYS = (
    *("metadata", "labels", "spec", "data", "contract.json", "objectives", "rules.yml", "groups", "rules", "alert"),
    *("template", "containers", "resources", "requests", "storage", "cpu", "replicas", "volumeClaimTemplates"),
    *("most", "least", "size", "max", "accelerator", "currency", "name", "slate.dev/workspace"),
)


def contract(availability: float) -> dict[str, Any]:
    text = json.dumps({"objectives": {"availability": availability}, "maintenance": [], "creditBands": []})
    metadata = {"name": "service-level-contract", "namespace": "slate-system"}
    return {"kind": "ConfigMap", "metadata": metadata, "data": {"contract.json": text}}


def contract_step(old: Any, new: Any, op: str = "update"):
    return step("kubernetes:core/v1:ConfigMap", "service-levels--contract", op, old, new)


def judged(given: Recording, *exemptions: Exemption, **levels: str) -> Analysis:
    by_rule = {name.replace("_", "-"): level for name, level in levels.items()}
    return analyse(given, Parameters(exemptions=exemptions, levels=by_rule), NOW)


def test_a_run_that_changes_nothing_has_nothing_to_say():
    kept = workspace("alice")

    found = judged(recording(workspace_step("alice", "same", old=kept, new=kept)))

    assert found.stateful == found.service_levels == found.exemptions == ()
    assert found.cost is None


def test_a_removed_project_blocks_and_says_what_goes():
    homes = [workspace_step(name, "delete", old=workspace(name, home="20Gi")) for name in ("alice", "bob")]

    found = judged(recording(step("kubernetes:core/v1:Namespace", "vision", "delete", NAMESPACE), *homes))

    (one,) = found.stateful
    assert one.blocks
    assert (one.finding.rule, one.severity, one.level) == ("SLATE-KEEP-PROJECT", "critical", "mandatory")
    assert one.resource == "Namespace ws-vision"
    assert "2 volumes: home-alice-0 (20Gi), home-bob-0 (20Gi)" in one.finding.text
    assert found.resources is not None
    assert {row.name: row.after for row in found.resources.rows}["storage"] == 0


def test_an_advisory_rule_does_not_block():
    (one,) = judged(recording(GONE), SLATE_KEEP_WORKSPACE="advisory").stateful

    assert one.level == "advisory"
    assert not one.blocks


def test_a_loosened_target_blocks_and_is_called_out():
    found = judged(recording(contract_step(contract(99.9), contract(99.5))))

    (one,), (target,) = found.stateful, found.service_levels
    assert one.blocks
    assert one.resource == "ConfigMap slate-system/service-level-contract"
    assert (target.name, target.before, target.after, target.verdict) == ("availability", "99.9", "99.5", "loosened")


def test_a_tightened_target_is_called_out_and_does_not_block():
    found = judged(recording(contract_step(contract(99.5), contract(99.9))))

    assert found.stateful == ()
    assert [target.verdict for target in found.service_levels] == ["tightened"]


def test_a_replaced_claim_is_one_finding():
    old, new = claim("registry", "5Gi"), claim("registry", "5Gi", storage_class="fast")
    three = [
        step("kubernetes:core/v1:PersistentVolumeClaim", "registry", op, old, None if op == "delete-replaced" else new)
        for op in ("create-replacement", "replace", "delete-replaced")
    ]

    (one,) = judged(recording(*three)).stateful

    assert one.finding.text == "is replaced: the data on it (5Gi) is lost."


def test_what_pulumi_only_forgets_is_not_lost():
    kept = step("kubernetes:core/v1:PersistentVolumeClaim", "pages", "delete", claim("pages", "1Gi"), retained=True)

    assert judged(recording(kept)).stateful == ()


def test_a_namespace_that_loses_its_protection_is_found():
    bare = step("kubernetes:core/v1:Namespace", "vision", "same", NAMESPACE, NAMESPACE, protected=True)

    (one,) = judged(recording(bare)).stateful

    assert one.finding.rule == "SLATE-KEEP-PROTECTION"
    assert judged(recording(replace(bare, protected_after=True))).stateful == ()


def test_a_needed_exemption_lets_the_change_pass_and_is_listed():
    found = judged(recording(GONE), LEFT)

    assert [one.finding.outcome for one in found.stateful] == [Outcome.EXEMPTED]
    assert not any(one.blocks for one in found.stateful)
    (line,) = found.exemptions
    assert (line.status, line.reason, line.owner, line.expires) == ("used", "bob left", "ops", "2026-12-01")


def test_an_exemption_that_nothing_needs_is_told_but_does_not_block():
    found = judged(recording(), LEFT)

    (one,) = found.stateful
    assert (one.finding.rule, one.level) == ("SLATE-EXEMPTION", "advisory")
    assert "exemption of SLATE-KEEP-WORKSPACE for StatefulSet ws-vision/bob" in one.finding.text
    assert [line.status for line in found.exemptions] == ["unused"]


def test_a_run_that_failed_does_not_say_what_is_not_needed():
    found = judged(recording(outcome=FAILED), LEFT)

    assert found.stateful == ()
    assert [line.status for line in found.exemptions] == ["undecided"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"expires": date(2026, 11, 25)}, "expired"), ({"reason": ""}, "incomplete"), ({"expires": None}, "incomplete")],
)
def test_an_exemption_that_does_not_hold_is_listed_and_the_change_blocks(changed: dict[str, Any], status: str):
    found = judged(recording(GONE), replace(LEFT, **changed))

    assert [one.blocks for one in found.stateful] == [True]
    assert [line.status for line in found.exemptions] == [status]


def test_an_exemption_of_the_pack_is_used_where_the_pack_says_so():
    meter = step("kubernetes:apps/v1:Deployment", "relay", "same", deployment(), deployment())
    exempted = PolicyFinding(Finding("SLATE-HOSTNS", Outcome.EXEMPTED, "", "exempted until ..."), "advisory", meter.urn)
    entry = replace(LEFT, rule="SLATE-HOSTNS", resource="Deployment slate-system/relay")

    found = judged(recording(meter, findings=(exempted,)), entry)

    assert [line.status for line in found.exemptions] == ["used"]
    assert found.stateful == ()


def test_what_is_not_known_yet_is_undecided_and_does_not_block():
    unknown = claim("pages", UNKNOWN)

    (one,) = judged(
        recording(step("kubernetes:core/v1:PersistentVolumeClaim", "pages", "update", claim("pages", "1Gi"), unknown))
    ).stateful

    assert one.finding.outcome is Outcome.UNDECIDED
    assert not one.blocks


def test_a_contract_that_is_not_known_yet_is_said_to_be():
    unknown = contract(99.9) | {"data": {"contract.json": UNKNOWN}}

    (target,) = judged(recording(contract_step(contract(99.9), unknown))).service_levels

    assert "is known only after the update" in target.remark


def test_no_secret_comes_through():
    tokens = {
        "kind": "Secret",
        "metadata": {"name": "workspace-tokens", "namespace": "ws-vision"},
        "data": {"a": SECRET},
    }

    (one,) = judged(recording(step("kubernetes:core/v1:Secret", "vision", "delete", tokens))).stateful

    assert one.finding.rule == "SLATE-KEEP-SECRET"
    assert "secret" not in one.finding.text


def test_money_is_shown_with_a_price_list_alone():
    prices = {"currency": "EUR", "storageGibMonth": 1, "nodeHour": {"gpu": 1}}
    pool = step("slate:index:NodePool", "gpu", "same", POOL, POOL)

    found = judged(recording(pool, settings={"prices": prices}))

    assert found.cost is not None
    assert found.cost.before == found.cost.after == 4 * 730


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([UNKNOWN, SECRET]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@given(st.sampled_from(KINDS), st.sampled_from(["update", "delete", "create", "replace", "same"]), JSON, JSON, JSON)
def test_whatever_is_in_a_recording_is_answered(kind: str, op: str, old: Any, new: Any, other: Any):
    sides = [side if isinstance(side, dict) else None for side in (old, new)]
    metadata = {"metadata": {"name": "service-level-contract", "namespace": "ws-vision"}}
    named = [None if side is None else metadata | side for side in sides]
    settings = {"nodePools": other, "prices": other}

    found = judged(recording(step(kind, "it", op, *named), settings=settings), LEFT)

    assert found.exemptions
