"""Ask every rule about a resource. A rule that crashes, or that lacks a value, hides nothing of the others."""

import traceback
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from policies.findings import CRASHED_TEXT, UNDECIDED_TEXT, Finding, Outcome
from policies.parameter_set import Exemption, Parameters
from policies.resources import Resource, object_key
from policies.rule import Context, Rule
from policies.table import RULES
from policies.values import Undecided

CRASH_REMEDIATION = "Report it with the rule's id; until it is mended, an exemption for this resource lets it pass."


def judge(resource: Resource, parameters: Parameters, today: date, rules: tuple[Rule, ...] = RULES) -> list[Finding]:
    """What the rules find in a resource.

    Args:
        resource: The resource.
        parameters: Of the stack.
        today: Decides which exemptions still hold.
        rules: The table.
    """
    if not resource.kubernetes:
        return []
    found: list[Finding] = []
    for context in resource.contexts(parameters):
        valid = {entry.rule: entry for entry in exemptions_of(context, parameters) if in_force(entry, today)}
        about = (
            _of_table(context.kind, context.tenant) if rules is RULES else _about(rules, context.kind, context.tenant)
        )
        for rule in about:
            if parameters.level(rule.id) != "disabled":
                found += (exempted(finding, valid) for finding in _ask(rule, context))
    return found


def _about(rules: tuple[Rule, ...], kind: str, tenant: bool) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.checks and rule.applies(kind, tenant=tenant))


@lru_cache
def _of_table(kind: str, tenant: bool) -> tuple[Rule, ...]:
    """The rules of the table about a kind: a stack has thousands of resources, and a dozen kinds."""
    return _about(RULES, kind, tenant)


def exemptions_of(context: Context, parameters: Parameters) -> list[Exemption]:
    """The exemptions that name an object, whether they hold or not."""
    if not parameters.exemptions:
        return []
    key = object_key(context)
    return [entry for entry in parameters.exemptions if entry.resource == key]


def in_force(exemption: Exemption, today: date) -> bool:
    """Whether an exemption says all that it must, and is not over; its last day is the one it names."""
    return exemption.complete and exemption.expires is not None and today <= exemption.expires


def _ask(rule: Rule, context: Context) -> Iterator[Finding]:
    try:
        questions = list(rule.questions(context))
    except Undecided as unknown:
        yield Finding(rule.id, Outcome.UNDECIDED, unknown.path, UNDECIDED_TEXT)
        return
    seen: set[tuple[str, str]] = set()
    for question in questions:
        try:
            for problem in question() or ():
                if (problem.path, problem.message) not in seen:
                    seen.add((problem.path, problem.message))
                    yield Finding(rule.id, Outcome.VIOLATION, problem.path, f"{problem.message}.", rule.remediation)
        except Undecided as unknown:
            if (unknown.path, "") not in seen:
                seen.add((unknown.path, ""))
                yield Finding(rule.id, Outcome.UNDECIDED, unknown.path, UNDECIDED_TEXT)
        except Exception as error:
            yield crashed(rule.id, error)


def crashed(rule: str, error: Exception) -> Finding:
    """A rule's own defect. Of the exception only its type and place are told: its text may hold a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return Finding(rule, Outcome.CRASHED, "", f"{CRASHED_TEXT} ({type(error).__name__} at {where}).", CRASH_REMEDIATION)


def exempted(finding: Finding, valid: Mapping[str, Exemption]) -> Finding:
    """The finding, or what an exemption of its rule makes of it.

    Args:
        finding: What a rule found.
        valid: The exemptions of the object that are in force, by rule.
    """
    entry = valid.get(finding.rule)
    if entry is None or finding.outcome is Outcome.UNDECIDED:
        return finding
    text = f"exempted until {entry.expires}: {' '.join(entry.reason.split())} ({entry.owner})"
    return Finding(finding.rule, Outcome.EXEMPTED, finding.path, text)
