"""Levels and exemptions hold for rules about changes as for all others; a crash hides nothing."""

from dataclasses import replace
from datetime import date

import pytest

from policies.changes import table
from policies.changes.change import Does
from policies.changes.judge import judge, unused
from policies.findings import Outcome
from policies.parameters import Exemption
from policies.table import BY_ID
from tests.policies.changes.plans import change, plan, workspace

GONE = change("StatefulSet", "bob", Does.DELETE, workspace("bob"))
LEFT = Exemption("SLATE-KEEP-WORKSPACE", "StatefulSet ws-vision/bob", "bob left", "ops", date(2026, 11, 26), "file")


def test_ids_are_told_apart_from_all_other_rules():
    assert len(table.CHANGE_BY_ID) == len(table.CHANGE_RULES)
    assert not table.CHANGE_BY_ID.keys() & BY_ID.keys()


@pytest.mark.parametrize("rule", table.CHANGE_RULES, ids=lambda rule: rule.id)
def test_every_rule_says_all_that_a_reader_needs(rule):
    assert not rule.title.endswith(".")
    assert rule.rationale.endswith(".")
    assert rule.remediation.endswith(".")
    assert rule.kinds


def test_a_disabled_rule_is_not_asked():
    assert judge(plan(GONE, levels={"SLATE-KEEP-WORKSPACE": "disabled"})) == []


def test_an_exemption_holds_to_the_end_of_its_last_day():
    (judged,) = judge(plan(GONE, exemptions=(LEFT,)))

    assert judged.finding.outcome is Outcome.EXEMPTED
    assert judged.finding.text == "exempted until 2026-11-26: bob left (ops)"


@pytest.mark.parametrize(
    "changed",
    [
        {"expires": date(2026, 11, 25)},
        {"expires": None},
        {"reason": " "},
        {"owner": ""},
        {"resource": "StatefulSet ws-vision/carol"},
        {"rule": "SLATE-KEEP-CLAIM"},
    ],
)
def test_what_is_no_exemption_of_it_does_not_hold(changed: dict):
    (judged,) = judge(plan(GONE, exemptions=(replace(LEFT, **changed),)))

    assert judged.finding.outcome is Outcome.VIOLATION


def test_an_exemption_that_no_change_needs_is_found():
    needed, other = plan(GONE, exemptions=(LEFT,)), plan(exemptions=(LEFT,))

    assert unused(needed, judge(needed)) == []
    assert unused(other, judge(other)) == [LEFT]


def test_exemptions_of_other_rules_are_not_ours_to_judge():
    foreign = replace(LEFT, rule="SLATE-HOSTNS")

    assert unused(plan(exemptions=(foreign,)), []) == []


def test_a_rule_that_crashes_names_itself_and_hides_no_other():
    def crash(*_):
        raise KeyError("a value that might be secret")

    broken = replace(table.CHANGE_RULES[0], id="SLATE-BROKEN", kinds=frozenset({"StatefulSet"}), check=crash)

    judged = judge(plan(GONE), (broken, *table.CHANGE_RULES))

    assert [(one.finding.rule, one.finding.outcome) for one in judged] == [
        ("SLATE-BROKEN", Outcome.CRASHED),
        ("SLATE-KEEP-WORKSPACE", Outcome.VIOLATION),
    ]
    assert "secret" not in judged[0].finding.text
