"""The manifests of the guardrails, and the rule that watches over them."""

import copy
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from policies import admission
from policies.evaluate import judge
from policies.parameters import Exemption
from policies.table import RULES
from policies.targets import CLUSTER_KINDS, PODS
from tests.components.manifests import validate
from tests.policies.admission import PARAMETERS, TODAY
from tests.policies.bases import resource

DATA = admission.parameter_data(PARAMETERS, TODAY)
MADE = admission.manifests(DATA, {}, {"app.kubernetes.io/part-of": "slate"})
POLICIES = [made for made in MADE if made["kind"] == "ValidatingAdmissionPolicy"]
EVERYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
BINDINGS = [made for made in MADE if made["kind"].endswith("Binding")]


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made['kind']} {made['metadata']['name']}")
def test_guardrails_are_valid_and_pass_the_rule_about_guardrails(made):
    validate(made)

    assert judge(resource(made), PARAMETERS, TODAY) == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("ValidatingAdmissionPolicy", ("failurePolicy",), "Ignore"),
        ("ValidatingAdmissionPolicy", ("matchConstraints", "objectSelector"), {"matchLabels": {"a": "b"}}),
        ("ValidatingAdmissionPolicyBinding", ("validationActions",), ["Audit"]),
        ("ValidatingAdmissionPolicyBinding", ("matchResources", "objectSelector"), {"matchLabels": {"a": "b"}}),
        ("ValidatingAdmissionPolicy", ("matchConstraints", "excludeResourceRules"), [EVERYTHING]),
        ("ValidatingAdmissionPolicy", ("matchConstraints", "namespaceSelector"), {"matchLabels": {"a": "b"}}),
        ("ValidatingAdmissionPolicy", ("matchConditions",), [{"name": "never", "expression": "false"}]),
        ("ValidatingAdmissionPolicyBinding", ("matchResources", "excludeResourceRules"), [EVERYTHING]),
        ("ValidatingAdmissionPolicyBinding", ("matchResources", "namespaceSelector"), {"matchLabels": {"a": "b"}}),
        ("ValidatingAdmissionPolicyBinding", ("validationActions",), ["Warn", "Audit"]),
    ],
)
def test_guardrails_that_guard_nothing_are_refused(kind, path, value):
    made = copy.deepcopy(next(one for one in MADE if one["kind"] == kind))
    holder = made["spec"]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value

    assert {finding.rule for finding in judge(resource(made), PARAMETERS, TODAY)} == {"SLATE-GUARDRAIL"}


def test_every_rule_that_the_api_server_can_decide_is_in_one_policy_with_its_id_and_remedy():
    messages = [entry["message"] for policy in POLICIES for entry in policy["spec"]["validations"]]

    for rule in RULES:
        own = [message for message in messages if message.startswith(f"{rule.id}: ")]
        assert len(own) == (1 if rule.cel else 0), rule.id
        assert all(rule.remediation in message and "\n" not in message for message in own)


def test_pods_are_judged_in_all_kinds_also_when_they_are_debugged_or_resized():
    (policy,) = [policy for policy in POLICIES if policy["metadata"]["name"] == "slate-pods"]

    rules = policy["spec"]["matchConstraints"]["resourceRules"]
    resources = {entry for rule in rules for entry in rule["resources"]}
    assert {"pods", "pods/ephemeralcontainers", "pods/resize", "podtemplates"} <= resources
    assert len(resources - {"pods/ephemeralcontainers", "pods/resize"}) == len(PODS.kinds) == 9
    assert {operation for rule in rules for operation in rule["operations"]} == {"CREATE", "UPDATE"}


def test_bindings_choose_by_the_namespaces_label_alone():
    for binding in BINDINGS:
        spec = binding["spec"]
        assert spec["validationActions"] == ["Deny", "Audit"]
        if spec["policyName"] != "slate-namespaces":
            assert set(spec["matchResources"]) == {"matchPolicy", "namespaceSelector"}


def test_an_advisory_rule_warns_in_a_policy_of_its_own_and_a_disabled_one_is_left_out():
    made = admission.manifests(DATA, {"SLATE-SA": "advisory", "SLATE-DNS": "disabled"}, {})

    texts = {one["metadata"]["name"]: str(one) for one in made if one["kind"] == "ValidatingAdmissionPolicy"}
    (binding,) = [
        one for one in made if one["metadata"]["name"] == "slate-pods-advisory" and "policyName" in one["spec"]
    ]
    assert "SLATE-SA:" in texts["slate-pods-advisory"]
    assert "SLATE-SA:" not in texts["slate-pods"]
    assert not any("SLATE-DNS:" in text for text in texts.values())
    assert binding["spec"]["validationActions"] == ["Warn", "Audit"]


def test_policies_define_only_variables_that_they_use():
    for policy in POLICIES:
        text = str(policy["spec"])
        assert all(f"variables.{entry['name']}" in text for entry in policy["spec"]["variables"])


def test_variables_come_after_those_that_they_use():
    data = DATA | {"exemptions": "SLATE-A StatefulSet ws-vision alice"}

    for made in admission.manifests(data, {}, {}):
        known: set[str] = set()
        for entry in made["spec"].get("variables", ()):
            assert set(re.findall(r"variables\.(\w+)", entry["expression"])) <= known
            known.add(entry["name"])


def test_the_first_exemption_leaves_all_other_variables_where_they_are():
    data = DATA | {"exemptions": "SLATE-A StatefulSet ws-vision alice"}

    for before, after in zip(MADE, admission.manifests(data, {}, {}), strict=True):
        others = before["spec"].get("variables", [])[:-1]
        assert after["spec"].get("variables", [])[: len(others)] == others


def test_parameters_are_quoted_so_that_none_can_become_an_expression():
    odd = replace(PARAMETERS, registries=("a'] + ['docker.io/", "b\\/"))

    made = admission.parameter_variables(admission.parameter_data(odd, TODAY))

    assert made["registries"] == r"['a\'] + [\'docker.io/', 'b\\/']"


def test_exemptions_in_force_reach_the_api_server_and_others_do_not():
    def exemption(rule, key, days):
        return Exemption(rule, key, "why", "who", TODAY + timedelta(days=days), "file")

    exemptions = (
        exemption("SLATE-A", "StatefulSet ws-vision/alice", 1),
        exemption("SLATE-B", "Namespace ws-vision", 0),
        exemption("SLATE-C", "StatefulSet ws-vision/alice", -1),
    )

    data = admission.parameter_data(replace(PARAMETERS, exemptions=exemptions), TODAY)

    assert data["exemptions"].split("\n") == ["SLATE-A StatefulSet ws-vision alice", "SLATE-B Namespace - ws-vision"]
    assert all(isinstance(value, str) for value in data.values())


def test_kinds_without_a_namespace_are_those_that_policies_call_cluster_wide():
    assert {"Namespace", "ClusterRole", "PersistentVolume"} <= CLUSTER_KINDS
