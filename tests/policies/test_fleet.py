"""Rules about a stack as a whole."""

import copy
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from components.project import network, project_namespace, quota
from components.workspace.stateful_set import stateful_set
from policies.findings import Outcome
from policies.fleet import STACK_RULES, Stack, judge_stack
from policies.parameters import Exemption
from policies.resources import Resource
from policies.values import UNKNOWN
from tests.components.examples import gpu_pool, project, workspace
from tests.policies.admission import PARAMETERS, TODAY
from tests.policies.bases import resource
from tests.policies.fault import POD, put

LEVELS = {"startSuccess": 99.5, "availability": 99.9, "selfHealing": 90, "coldStartSeconds": 30}
CONTRACT = {"projects": {"ws-vision": "vision"}, "objectives": LEVELS}
ALERTS = {"groups": [{"name": "alerts", "rules": [{"alert": "FastBurn", "expr": "1", "labels": {"severity": "page"}}]}]}


def config_map(name: str, key: str, text: str) -> dict:
    metadata = {"name": name, "namespace": "slate-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {key: text}}


def manifests() -> dict[str, dict]:
    """A small stack that keeps every rule."""
    team = project()
    return {
        "namespace": project_namespace(team),
        "quota": quota.resource_quota(team),
        "limits": quota.limit_range(team),
        "deny": network.default_deny(team),
        "egress": network.allow_egress(team),
        "workspace": stateful_set(workspace(gpu_pool(), "gpu-1")),
        "contract": config_map("service-level-contract", "contract.json", json.dumps(CONTRACT)),
        "rules": config_map("service-level-rules", "rules.yml", yaml.safe_dump(ALERTS)),
    }


def found(objects: dict[str, dict], *, settings=None, **parameters) -> dict[str, str]:
    """What is wrong with a stack: text by rule."""
    given = replace(PARAMETERS, **{"gpus": 4, "alerts": {"FastBurn": "page"}, **parameters})
    stack = Stack([resource(made) for made in objects.values()], settings or {"serviceLevels": LEVELS}, given, TODAY)
    return {finding.rule: finding.text for _, finding in judge_stack(stack)}


def changed(name: str, **changes) -> dict[str, dict]:
    made = copy.deepcopy(manifests())
    for path, value in changes.items():
        put(made[name], path.replace("__", "."), value)
    return made


def without(name: str) -> dict[str, dict]:
    return {key: value for key, value in manifests().items() if key != name}


def test_what_our_components_declare_keeps_every_rule():
    assert found(manifests()) == {}


CONTRACT_KEY, RULES_KEY = "data|contract.json", "data|rules.yml"
LOOSE = json.dumps(CONTRACT | {"objectives": LEVELS | {"availability": 99.0}})
QUIET = yaml.safe_dump({"groups": [{"rules": [{"alert": "FastBurn", "labels": {"severity": "ticket"}}]}]})


@pytest.mark.parametrize(
    ("rule", "objects", "words"),
    [
        (
            "SLATE-QUOTA",
            changed("quota", **{"spec.hard": {"services.loadbalancers": "0", "services.nodeports": "0"}}),
            "no ceiling for requests.cpu",
        ),
        ("SLATE-LIMITRANGE", without("limits"), "no LimitRange"),
        ("SLATE-ISOLATION", without("deny"), "denies all traffic"),
        ("SLATE-ISOLATION", changed("deny", **{"spec.policyTypes": ["Ingress"]}), "denies all traffic"),
        ("SLATE-ISOLATION", changed("deny", **{"spec.ingress": [{}]}), "denies all traffic"),
        (
            "SLATE-GPU-QUOTA",
            changed("workspace", **{f"{POD}.containers[0].resources.limits|nvidia.com/gpu": "2"}),
            "more nvidia.com/gpu",
        ),
        ("SLATE-GPU-TOTAL", changed("quota", **{"spec.hard|requests.nvidia.com/gpu": "5"}), "promised 5 GPUs"),
        ("SLATE-OBJECTIVES", changed("contract", **{CONTRACT_KEY: "{}"}), "ws-vision has no service levels"),
        ("SLATE-SLA-FLOOR", changed("contract", **{CONTRACT_KEY: LOOSE}), "availability is 99"),
        ("SLATE-SLA-RULES", changed("rules", **{RULES_KEY: "groups: []"}), "FastBurn is missing"),
        ("SLATE-SLA-RULES", changed("rules", **{RULES_KEY: QUIET}), "must have severity page"),
    ],
)
def test_a_fault_of_the_stack_is_caught_by_its_rule_alone(rule, objects, words):
    problems = found(objects)

    assert set(problems) - {"SLATE-GPU-QUOTA" if rule == "SLATE-QUOTA" else ""} == {rule}
    assert words in problems[rule]


def test_a_project_that_is_declared_in_a_list_is_a_project():
    declared = {"items": [project_namespace(project())]}
    stack = Stack([Resource("kubernetes:core/v1:NamespaceList", "x", "urn", declared)], {}, PARAMETERS, TODAY)

    rules = {finding.rule for _, finding in judge_stack(stack)}

    assert {"SLATE-QUOTA", "SLATE-LIMITRANGE", "SLATE-ISOLATION"} <= rules


def test_quota_that_lets_ways_in_be_made_is_refused():
    problems = found(changed("quota", **{"spec.hard|services.nodeports": "2"}))

    assert "services.nodeports" in problems["SLATE-QUOTA"]


@pytest.mark.parametrize(
    ("key", "value"), [("availability", 99.4), ("startSuccess", 98), ("selfHealing", 50), ("coldStartSeconds", 90)]
)
def test_a_target_in_the_settings_below_the_floor_is_refused(key, value):
    problems = found(manifests(), settings={"serviceLevels": LEVELS | {key: value}})

    assert f"serviceLevels of the settings: {key} is {value:g}" in problems["SLATE-SLA-FLOOR"]


def exemption(**changes) -> Exemption:
    base = {
        "rule": "SLATE-HOSTNS",
        "resource": "StatefulSet ws-vision/alice",
        "reason": "measures the node",
        "owner": "platform-team",
        "expires": TODAY + timedelta(days=10),
        "source": "policies/config/test.json",
    }
    return Exemption(**(base | changes))


def test_an_exemption_that_is_needed_and_in_force_is_no_violation():
    objects = changed("workspace", **{f"{POD}.hostPID": True})

    assert found(objects, exemptions=(exemption(),)) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired on 2026-05-31"),
        ({"reason": ""}, "reason, owner and expires must be given"),
        ({"owner": " "}, "reason, owner and expires must be given"),
        ({"expires": None}, "reason, owner and expires must be given"),
        ({"expires": None, "no_day": "31.1.2027"}, "expires: '31.1.2027' is no day; write it as 2027-01-31"),
        ({"expires": None, "no_day": "x" * 10_000}, "xxx...xxx"),
        ({"rule": "SLATE-NOTHING"}, "there is no such rule."),
        ({"rule": "SLATE-HOSTS"}, "there is no such rule (did you mean SLATE-HOSTNS?)."),
        ({"rule": "SLATE-KEEP-PROJEKT"}, "there is no such rule (did you mean SLATE-KEEP-PROJECT?)."),
        (
            {"resource": "StatefulSet vision/alice"},
            "no object of the stack has this name (did you mean StatefulSet ws-vision/alice?).",
        ),
        ({"resource": "nonsense"}, "no object of the stack has this name."),
        ({"rule": "SLATE-HOSTPORT"}, "is not needed"),
    ],
)
def test_an_exemption_that_is_over_unused_or_without_reason_is_itself_a_violation(changes, words):
    objects = changed("workspace", **{f"{POD}.hostPID": True})

    problems = found(objects, exemptions=(exemption(**changes),))

    assert words in problems["SLATE-EXEMPTION"]


@pytest.mark.parametrize("rule", ["SLATE-EPHEM", "SLATE-CLAIM-DELETE"])
def test_whether_an_exemption_of_what_only_the_api_server_judges_is_needed_is_not_told(rule):
    objects = changed("workspace")

    assert found(objects, exemptions=(exemption(rule=rule, resource="Pod ws-vision/alice-0"),)) == {}


def test_an_exemption_of_what_is_not_known_yet_counts_as_needed():
    objects = changed("workspace", **{f"{POD}.hostPID": UNKNOWN})

    assert found(objects, exemptions=(exemption(),)) == {}


def test_what_is_not_known_leaves_a_stack_rule_undecided_and_asks_the_others():
    objects = changed("quota", **{"spec.hard": UNKNOWN})
    del objects["limits"]
    given = replace(PARAMETERS, gpus=4)
    stack = Stack([resource(made) for made in objects.values()], {}, given, TODAY)

    outcomes = {(finding.rule, finding.outcome) for _, finding in judge_stack(stack)}

    assert ("SLATE-QUOTA", Outcome.UNDECIDED) in outcomes
    assert ("SLATE-LIMITRANGE", Outcome.VIOLATION) in outcomes


def test_a_stack_rule_that_crashes_is_named_and_hides_no_other():
    objects = changed("rules", **{RULES_KEY: "groups: {"})
    del objects["limits"]

    problems = found(objects)

    assert "the rule crashed" in problems["SLATE-SLA-RULES"]
    assert "SLATE-LIMITRANGE" in problems


def test_every_stack_rule_says_why_and_how_to_put_it_right():
    assert all(rule.rationale and rule.remediation and rule.title for rule in STACK_RULES)
