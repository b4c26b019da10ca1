"""What is promised to users, and how it is measured: it must not become less by a change that was not meant so."""

from collections.abc import Callable, Iterator

from policies.changes import alerting, contract
from policies.changes.change import Change, ChangeRule, Does, Plan
from policies.changes.contract import Difference
from policies.rule import Severity
from policies.stack_view import CONTRACT, RECORDING
from policies.values import Problem, Value

CONTRACT_KINDS = frozenset({"ConfigMap"})
RULE_KINDS = frozenset({"ConfigMap", "PrometheusRule"})


def differences(plan: Plan) -> list[Difference]:
    """All differences of a plan's service levels, for people."""
    return [found for change in plan.changes for found in (*_contract(change, plan), *_rules(change, plan))]


def _contract(change: Change, plan: Plan) -> list[Difference]:
    if change.kind != "ConfigMap" or change.name != CONTRACT or change.does is Does.KEEP:
        return []
    old, new = (contract.read(side["data"]["contract.json"].text()) for side in (change.old, change.new))
    return contract.differences(old, new, plan.now, plan.gone_namespaces)


def _rules(change: Change, plan: Plan) -> list[Difference]:
    """Told with the first object that holds rules: they may move from one to another."""
    if not _holds_rules(change):
        return []
    holders = [one for one in plan.changes if _holds_rules(one)]
    if change is not holders[0] or all(one.does is Does.KEEP for one in holders):
        return []
    old, new = alerting.Rules(), alerting.Rules()
    for holder in holders:
        old.add(_groups(holder, holder.old))
        new.add(_groups(holder, holder.new))
    if not old.alerts and not old.records:
        return []
    return list(alerting.differences(old, new))


def _holds_rules(change: Change) -> bool:
    return change.kind == "PrometheusRule" or (change.kind == "ConfigMap" and change.name == RECORDING)


def _groups(change: Change, side: Value) -> object:
    if change.kind == "PrometheusRule":
        return side["spec"]["groups"].get(())
    return alerting.groups_of(side["data"]["rules.yml"].text())


def _breaking(rule: str) -> Callable[[Change, Plan], Iterator[Problem]]:
    def check(change: Change, plan: Plan) -> Iterator[Problem]:
        for found in (*_contract(change, plan), *_rules(change, plan)):
            if found.rule == rule:
                yield Problem("", _told(found))

    return check


def _told(found: Difference) -> str:
    words = f"{found.name}: {found.before} becomes {found.after}"
    if not found.after:
        words = f"{found.name} is removed"
    elif not found.before:
        words = f"{found.name} is added ({found.after})"
    return words + (f": {found.remark}" if found.remark else "")


def _rule(
    name: str,
    title: str,
    severity: Severity,
    rationale: str,
    remediation: str,
    *,
    kinds: frozenset[str] = CONTRACT_KINDS,
) -> ChangeRule:
    exempt = "If users have agreed, add an exemption to policies/config, with reason, owner and date."
    return ChangeRule(name, title, severity, rationale, f"{remediation} {exempt}", kinds, _breaking(name))


RULES = (
    _rule(
        "SLATE-SLA-TARGET",
        "No target is loosened or dropped",
        Severity.HIGH,
        "It is promised to customers: who promises less has to tell them before, not after.",
        "Leave serviceLevels as it is, or promise more.",
    ),
    _rule(
        "SLATE-SLA-CREDIT",
        "No service credit becomes less",
        Severity.HIGH,
        "What is given back for a bad month is a part of the contract.",
        "Leave creditBands as they are, or give more.",
    ),
    _rule(
        "SLATE-SLA-WINDOW",
        "Maintenance is announced before it begins",
        Severity.HIGH,
        "A window over time that has passed takes an outage out of the measurement after it was seen.",
        "Let the window begin after this change.",
    ),
    _rule(
        "SLATE-SLA-SCOPE",
        "Whoever had service levels keeps them",
        Severity.HIGH,
        "A project that is left out of the contract is neither measured nor reported.",
        "Leave the contract, and the project in it.",
    ),
    _rule(
        "SLATE-SLA-MEASURE",
        "It is measured as often as before",
        Severity.MEDIUM,
        "An outage is as long as it was seen: who looks less often sees fewer.",
        "Leave prometheus.scrapeInterval and the canary as they are.",
    ),
    _rule(
        "SLATE-SLA-DROPPED",
        "No alert and no rule of the measurement is dropped or made milder",
        Severity.HIGH,
        "What is not evaluated does not alert anybody, and is missing in the report.",
        "Leave the rules, and their severity.",
        kinds=RULE_KINDS,
    ),
)
