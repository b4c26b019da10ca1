"""The component that installs the admission policies."""

from typing import Any, cast

import pulumi
import pytest

from components import labels
from components.guardrails import Guardrails, GuardrailsArgs
from components.project import project_namespace
from policies import admission
from policies.rules.namespaces import GUARD, guard_of
from tests.components.examples import project
from tests.harness import run
from tests.policies.admission import PARAMETERS, TODAY

ARGS: GuardrailsArgs = {"parameters": admission.parameter_data(PARAMETERS, TODAY)}


def test_each_policy_has_a_binding_that_is_made_after_it():
    monitor = run(lambda: Guardrails("slate", ARGS))

    bindings = monitor.of("ValidatingAdmissionPolicyBinding")
    policies = {record.name: record.urn for record in monitor.of("ValidatingAdmissionPolicy")}
    assert {record.manifest["spec"]["policyName"] for record in bindings} == set(policies)
    for record in bindings:
        assert policies[record.manifest["spec"]["policyName"]] in record.request.dependencies


def test_levels_of_the_stack_reach_the_api_server():
    monitor = run(lambda: Guardrails("slate", {**ARGS, "levels": {"SLATE-SA": "advisory"}}))

    (advisory,) = [one for one in monitor.of("ValidatingAdmissionPolicyBinding") if one.name == "slate-pods-advisory"]
    assert advisory.manifest["spec"]["validationActions"] == ["Warn", "Audit"]


def test_unknown_arguments_are_refused():
    with pytest.raises((ValueError, pulumi.RunError), match="unknown argument 'paramters'"):
        run(lambda: Guardrails("slate", cast(Any, {**ARGS, "paramters": {}})))


def test_namespaces_bear_the_label_that_the_rules_look_for():
    namespace = project_namespace(project())

    assert labels.GUARDRAILS == GUARD
    assert namespace["metadata"]["labels"][GUARD] == guard_of(namespace["metadata"]["name"])
