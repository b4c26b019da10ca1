"""The rules as a CrossGuard policy pack.

The SDK unpacks a resource anew for each policy of the pack, which for eighty rules and a thousand workspaces takes a
minute. So one policy, the first, asks all rules at once and keeps what they found; of the rules' own policies only
those follow that have something to report.
"""

import gc
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PulumiSeverity
from pulumi_policy.proxy import UnknownValueError

from policies.evaluate import judge
from policies.findings import POLICY_OF, STACK_POLICIES, Finding
from policies.fleet import STACK_RULES, Stack, StackRule, judge_stack
from policies.parameters import Parameters, PolicyConfigError, load
from policies.resources import Resource
from policies.rule import Rule
from policies.table import RULES
from policies.values import UNKNOWN

NAME = "slate"
SETTINGS = ("domain", "registry", "nodePools", "serviceLevels")
"""The settings that parameters may refer to; secrets are never among them."""


class Desk(threading.local):
    """What was found in the resource that this thread is at: the SDK serves each request in one thread."""

    def __init__(self) -> None:
        self.found: dict[str, list[Finding]] | None = None
        """By policy; None while no resource has been judged."""


class Policies(list[Any]):
    """The policies of the pack, the judge first; while a resource is judged, only those with something to report."""

    def __init__(self, desk: Desk, policies: list[Any]) -> None:
        super().__init__(policies)
        self._desk = desk

    def __iter__(self) -> Iterator[Any]:
        """The SDK goes through them for each of its calls: to judge a resource, but also to say what there is."""
        self._desk.found = None
        for policy in list.__iter__(self):
            found = self._desk.found
            if found is None or not isinstance(policy, _Reporter) or policy.name in found:
                yield policy


class _Judge(ResourceValidationPolicy):
    """Asks all rules, reports nothing."""

    def __init__(self, desk: Desk, parameters: Parameters, today: date) -> None:
        super().__init__(
            "SLATE-JUDGE", "Asks every rule about the resource.", enforcement_level=EnforcementLevel.ADVISORY
        )
        self._desk, self._parameters, self._today = desk, parameters, today

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:  # noqa: ARG002
        found: dict[str, list[Finding]] = {}
        for finding in judge(resource(args), self._parameters, self._today):
            found.setdefault(finding.policy, []).append(finding)
        self._desk.found = found


class _Reporter(ResourceValidationPolicy):
    """Reports what was found for one policy."""

    def __init__(self, desk: Desk, name: str, description: str, level: EnforcementLevel, **more: Any) -> None:
        super().__init__(name, description, enforcement_level=level, **more)
        self._desk = desk

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:  # noqa: ARG002
        for finding in (self._desk.found or {}).get(self.name, ()):
            report_violation(finding.line(), None)


class _StackJudge(StackValidationPolicy):
    """Asks the rules of one level about the whole stack."""

    def __init__(self, name: str, level: EnforcementLevel, rules: tuple[StackRule, ...], ask: Any) -> None:
        super().__init__(name, "Rules about the stack as a whole.", enforcement_level=level)
        self._rules, self._ask = rules, ask

    def validate(self, args: StackValidationArgs, report_violation: ReportViolation) -> None:
        for urn, finding in self._ask([resource(entry) for entry in args.resources], self._rules):
            report_violation(finding.line(), urn or None)


def build(parameters: Parameters, settings: Mapping[str, Any], today: date) -> list[Any]:
    """The policies of a stack.

    Args:
        parameters: Of the stack, with its settings put in.
        settings: The stack's `slate:` settings.
        today: Decides which exemptions still hold.
    """
    desk = Desk()
    made: list[Any] = [_Judge(desk, parameters, today)]
    made += [
        _reporter(desk, rule, parameters) for rule in RULES if rule.checks and parameters.level(rule.id) != "disabled"
    ]
    for outcome, name in POLICY_OF.items():
        made.append(_Reporter(desk, name, f"What is {outcome.value}.", EnforcementLevel.ADVISORY))

    def ask(resources: list[Resource], rules: tuple[StackRule, ...]) -> list[tuple[str, Finding]]:
        return judge_stack(Stack(resources, settings, parameters, today), rules)

    for name, level in zip(STACK_POLICIES, ("mandatory", "advisory"), strict=True):
        rules = tuple(rule for rule in STACK_RULES if parameters.level(rule.id) == level)
        if rules:
            made.append(_StackJudge(name, EnforcementLevel(level), rules, ask))
    return Policies(desk, made)


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
    PolicyPack(NAME, policies=build(parameters, settings, datetime.now(UTC).date()))


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


def resource(args: Any) -> Resource:
    """A resource as the rules see it: plain values, with `UNKNOWN` where a value is not known yet."""
    options = {"protect": bool(args.opts.protect)}
    return Resource(args.resource_type, args.name, args.urn, plain(args.props), options)


def plain(value: Any) -> Any:
    """A value of the SDK's proxies as plain data; whole numbers, which the protocol sends as floats, as integers."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, str | bool | int | None) or not isinstance(value, Mapping | Sequence):
        return value
    keys = list(value) if isinstance(value, Mapping) else range(len(value))
    read = {}
    for key in keys:
        try:
            read[key] = plain(value[key])
        except UnknownValueError:
            read[key] = UNKNOWN
    return read if isinstance(value, Mapping) else list(read.values())


def _reporter(desk: Desk, rule: Rule, parameters: Parameters) -> _Reporter:
    source = rule.references[0] if rule.references else "Slate"
    return _Reporter(
        desk,
        rule.id,
        f"{rule.title}.",
        EnforcementLevel(parameters.level(rule.id)),
        display_name=rule.id,
        severity=PulumiSeverity(rule.severity.value),
        framework=PolicyComplianceFramework(name=source),
        remediation_steps=rule.remediation,
        tags=[rule.target.name],
    )
