"""The contract and the rules as objects of the cluster: what of them is dropped or made milder is found."""

from typing import Any

import pytest
import yaml

from policies.changes.change import Change, Does
from policies.changes.judge import judge
from policies.changes.promises import differences
from tests.policies.changes.plans import CONTRACT, change, contract, contract_change, plan

DOWN = {"alert": "WorkspaceDown", "expr": "x > 0", "labels": {"severity": "critical"}}
SLOW = {"alert": "WorkspaceSlow", "expr": "y > 0", "labels": {"severity": "warning"}}
READY = {"record": "slate:ready", "expr": "z"}


def groups(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "slate", "rules": list(rules)}]


def rule_file(does: Does, old: list | None, new: list | None) -> Change:
    sides = [None if side is None else {"data": {"rules.yml": yaml.safe_dump({"groups": side})}} for side in (old, new)]
    return change("ConfigMap", "service-level-rules", does, *sides, namespace="slate-system")


def found(*changes: Change) -> list[tuple[str, str]]:
    return [(one.finding.rule, one.finding.text) for one in judge(plan(*changes))]


def test_a_loosened_target_is_found_with_both_values():
    loosened = contract(objectives=CONTRACT["objectives"] | {"availability": 99.5})

    ((rule, text),) = found(contract_change(contract(), loosened))

    assert rule == "SLATE-SLA-TARGET"
    assert text == "availability: 99.9 becomes 99.5."


def test_a_contract_that_is_taken_away_is_found():
    ((rule, text),) = found(contract_change(contract(), None))

    assert rule == "SLATE-SLA-SCOPE"
    assert "nothing is promised any more" in text


def test_a_new_contract_is_not():
    assert found(contract_change(None, contract())) == []


def test_another_config_map_is_not_a_contract():
    other = change("ConfigMap", "ssh-keys", Does.UPDATE, contract(), contract(objectives={}))

    assert found(other) == []


def test_a_dropped_alert_and_a_dropped_rule_are_found():
    texts = [text for _, text in found(rule_file(Does.UPDATE, groups(DOWN, SLOW, READY), groups(DOWN)))]

    assert texts == ["alert WorkspaceSlow is removed.", "rule slate:ready is removed."]


@pytest.mark.parametrize(("severity", "count"), [("info", 1), ("critical", 0), (None, 1)])
def test_an_alert_that_becomes_milder_is_found(severity: str | None, count: int):
    changed = {**SLOW, "labels": {"severity": severity} if severity else {}}

    assert len(found(rule_file(Does.UPDATE, groups(SLOW), groups(changed)))) == count


def test_rules_that_move_from_the_file_to_the_operator_are_not_dropped():
    away = rule_file(Does.DELETE, groups(DOWN, READY), None)
    here = change("PrometheusRule", "service-levels", Does.CREATE, None, {"spec": {"groups": groups(DOWN, READY)}})

    assert found(away, here) == []
    assert found(here, away) == []


def test_rules_that_are_only_written_otherwise_are_told_and_not_refused():
    changed = {**DOWN, "expr": "x > 1"}

    changes = plan(rule_file(Does.UPDATE, groups(DOWN), groups(changed, SLOW)))

    assert judge(changes) == []
    told = {(one.name, one.verdict): one.remark for one in differences(changes)}
    assert told == {("1 alerts", "added"): "WorkspaceSlow", ("1 alerts", "changed"): "WorkspaceDown"}


@pytest.mark.parametrize("text", ["{", "groups: 3", "[]", "groups: [{rules: [3, {}]}]"])
def test_what_is_no_rule_file_has_no_rules(text: str):
    broken = {"data": {"rules.yml": text}}
    changed = change("ConfigMap", "service-level-rules", Does.UPDATE, broken, broken, namespace="slate-system")

    assert found(changed) == []


def test_rules_that_stay_are_not_even_read():
    kept = change("ConfigMap", "service-level-rules", Does.KEEP, {"data": 3}, {"data": 4}, namespace="slate-system")

    assert found(kept) == []
