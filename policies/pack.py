"""The rules as a CrossGuard policy pack."""

import gc
import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PulumiSeverity

from policies import server
from policies.evaluate import judge
from policies.findings import POLICY_OF, STACK_POLICIES, Finding
from policies.fleet import STACK_RULES, Stack, judge_stack
from policies.parameters import Parameters, PolicyConfigError, load
from policies.resources import Resource
from policies.rule import Rule
from policies.table import RULES

NAME = "slate"
SETTINGS = ("domain", "registry", "nodePools", "serviceLevels")
"""The settings that parameters may refer to; secrets are never among them."""


def build(parameters: Parameters, settings: Mapping[str, Any], today: date) -> server.Analyzer:
    """The pack of a stack: a policy a rule, what is undecided, what is exempted, and the stack as a whole.

    Args:
        parameters: Of the stack, with its settings put in.
        settings: The stack's `slate:` settings.
        today: Decides which exemptions still hold.
    """
    policies: list[Policy] = [
        _policy(rule, parameters) for rule in RULES if rule.checks and parameters.level(rule.id) != "disabled"
    ]
    for outcome, name in POLICY_OF.items():
        text = f"What is {outcome.value}."
        policies.append(ResourceValidationPolicy(name, text, _asked_together, EnforcementLevel.ADVISORY))
    for name, level in zip(STACK_POLICIES, ("mandatory", "advisory"), strict=True):
        if any(parameters.level(rule.id) == level for rule in STACK_RULES):
            text = "Rules about the stack as a whole."
            policies.append(StackValidationPolicy(name, text, _asked_together, EnforcementLevel(level)))

    def ask(resource: Resource) -> Iterator[Finding]:
        return iter(judge(resource, parameters, today))

    def ask_stack(resources: list[Resource], level: EnforcementLevel) -> Iterator[tuple[str, Finding]]:
        rules = tuple(rule for rule in STACK_RULES if parameters.level(rule.id) == level.value)
        return iter(judge_stack(Stack(resources, settings, parameters, today), rules))

    return server.Analyzer(NAME, policies, ask, ask_stack)


def serve() -> None:
    """Build the pack of the stack that the engine names, and serve it for good.

    Raises:
        SystemExit: The stack's parameters are not right.
    """
    try:
        settings = stack_settings(os.environ.get("PULUMI_CONFIG", "{}"))
        parameters = load(os.environ.get("PULUMI_STACK", "default")).resolved(settings)
    except PolicyConfigError as error:
        sys.exit(f"error: {error}")
    # Thousands of resources are unpacked and dropped again: with Python's defaults a quarter of the time is spent on
    # looking for cycles among them.
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    server.serve(build(parameters, settings, datetime.now(UTC).date()))


def stack_settings(configuration: str) -> dict[str, Any]:
    """The settings that rules may know, from the engine's configuration.

    Raises:
        PolicyConfigError: A value is not what the engine hands out.
    """
    found: dict[str, Any] = {}
    for key in SETTINGS:
        text = json.loads(configuration or "{}").get(f"slate:{key}")
        if text is None:
            continue
        try:
            found[key] = json.loads(text) if text[:1] in "[{" else text
        except ValueError as error:
            raise PolicyConfigError(f"slate:{key} is not JSON: {error}") from error
    return found


def _policy(rule: Rule, parameters: Parameters) -> Policy:
    source = rule.references[0] if rule.references else "Slate"
    return ResourceValidationPolicy(
        rule.id,
        f"{rule.title}.",
        _asked_together,
        EnforcementLevel(parameters.level(rule.id)),
        display_name=rule.id,
        severity=PulumiSeverity(rule.severity.value),
        framework=PolicyComplianceFramework(name=source),
        remediation_steps=rule.remediation,
        tags=[rule.target.name],
    )


def _asked_together(*_: Any) -> None:
    """No policy is asked by itself: `policies.server` asks all rules at once."""
    raise AssertionError(_asked_together.__doc__)
