"""Ask every rule about every change. As in `policies.evaluate`, one that crashes or lacks a value hides no other."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.changes.change import Change, ChangeRule, Plan
from policies.changes.table import CHANGE_BY_ID, CHANGE_RULES
from policies.evaluate import crashed, exempted, in_force
from policies.findings import UNDECIDED_TEXT, Finding, Outcome
from policies.parameter_set import Exemption
from policies.values import Undecided


@dataclass(frozen=True)
class Judged:
    """What a rule found in a change."""

    rule: ChangeRule
    change: Change
    finding: Finding


def judge(plan: Plan, rules: tuple[ChangeRule, ...] = CHANGE_RULES) -> list[Judged]:
    """What the rules find, with the exemptions that are in force."""
    asked = [rule for rule in rules if plan.parameters.level(rule.id) != "disabled"]
    valid: dict[str, dict[str, Exemption]] = {}
    for entry in plan.parameters.exemptions:
        if in_force(entry, plan.now.date()):
            valid.setdefault(entry.resource, {})[entry.rule] = entry
    return [
        Judged(rule, change, exempted(finding, valid.get(change.key, {})))
        for change in plan.changes
        for rule in asked
        if change.kind in rule.kinds
        for finding in _ask(rule, change, plan)
    ]


def unused(plan: Plan, judged: list[Judged]) -> list[Exemption]:
    """Exemptions of these rules that are in force, and that no change needs."""
    used = {(one.rule.id, one.change.key) for one in judged if one.finding.outcome is not Outcome.VIOLATION}
    return [
        entry
        for entry in plan.parameters.exemptions
        if entry.rule in CHANGE_BY_ID and in_force(entry, plan.now.date()) and (entry.rule, entry.resource) not in used
    ]


def _ask(rule: ChangeRule, change: Change, plan: Plan) -> Iterator[Finding]:
    try:
        for problem in rule.check(change, plan):
            yield Finding(rule.id, Outcome.VIOLATION, problem.path, f"{problem.message}.", rule.remediation)
    except Undecided as unknown:
        yield Finding(rule.id, Outcome.UNDECIDED, unknown.path, UNDECIDED_TEXT)
    except Exception as error:
        yield crashed(rule.id, error)
