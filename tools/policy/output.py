"""What was found, for people, for code scanning (SARIF 2.1.0) and for test reports (JUnit)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from policies.findings import Outcome
from policies.fleet import STACK_RULES
from policies.table import BY_ID, RULES
from tools.policy.analyzer import Answer
from tools.preview.markdown import visible

ORDER = ("critical", "high", "medium", "low")
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
STACK_BY_ID = {rule.id: rule for rule in STACK_RULES}
Found = Mapping[str, Sequence[Answer]]
"""Answers by stack."""
Refused = Mapping[str, str]
"""Why a stack could not be judged, by stack."""
NOT_JUDGED = "SLATE-NOT-JUDGED"


def severity(rule: str) -> str:
    """How bad a violation of a rule is."""
    known = BY_ID.get(rule) or STACK_BY_ID.get(rule)
    return known.severity.value if known else "high"


def lines(stack: str, answers: Sequence[Answer]) -> list[str]:
    """What to show of a stack: violations by severity, then what is undecided and what is exempted."""
    answers = _visible(answers)
    blocking = [answer for answer in answers if answer.finding.outcome in (Outcome.VIOLATION, Outcome.CRASHED)]
    shown = []
    for answer in sorted(blocking, key=lambda one: (ORDER.index(severity(one.finding.rule)), one.finding.rule)):
        finding = answer.finding
        level = "mandatory" if answer.mandatory else "advisory"
        where = f"{answer.name or 'the stack'}" + (f" {finding.path}" if finding.path else "")
        shown.append(f"  {finding.rule} ({severity(finding.rule)}, {level}) {where}")
        shown.append(f"      {finding.text}" + (f" {finding.remediation}" if finding.remediation else ""))
    for outcome in (Outcome.UNDECIDED, Outcome.EXEMPTED):
        some = [answer for answer in answers if answer.finding.outcome is outcome]
        if some:
            shown.append(f"  {outcome.value}: {len(some)}")
            shown += [f"      {one.finding.rule} {one.name} {one.finding.path} {one.finding.text}" for one in some]
    count = f"{len(blocking)} violations" if len(blocking) != 1 else "1 violation"
    return [f"{stack}: {count}", *shown]


def sarif(found: Found, refused: Refused) -> str:
    """Violations in the format of code scanning, and what could not be judged."""
    rules: list[dict[str, Any]] = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.rationale},
            "help": {"text": rule.remediation},
            "defaultConfiguration": {"level": LEVELS[rule.severity.value]},
        }
        for rule in (*RULES, *STACK_RULES)
    ]
    title = "The stack could be judged"
    rules.append({"id": NOT_JUDGED, "shortDescription": {"text": title}, "defaultConfiguration": {"level": "error"}})
    results: list[dict[str, Any]] = [
        {
            "ruleId": NOT_JUDGED,
            "level": "error",
            "message": {"text": text},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"Pulumi.{stack}.yaml"}}}],
        }
        for stack, text in refused.items()
    ]
    for stack, answers in found.items():
        for answer in answers:
            finding = answer.finding
            entry = {
                "ruleId": finding.rule,
                "level": LEVELS[severity(finding.rule)] if answer.blocks else "note",
                "message": {"text": f"{answer.name} {finding.path} {finding.text} {finding.remediation}".strip()},
                "locations": [
                    {
                        "physicalLocation": {"artifactLocation": {"uri": f"Pulumi.{stack}.yaml"}},
                        "logicalLocations": [{"fullyQualifiedName": answer.resource or stack}],
                    }
                ],
            }
            if finding.outcome is Outcome.EXEMPTED:
                entry["suppressions"] = [{"kind": "external", "justification": finding.text}]
            results.append(entry)
    tool = {"driver": {"name": "slate-policies", "informationUri": "https://slate.dev/policies", "rules": rules}}
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
    return json.dumps(document | {"runs": [{"tool": tool, "results": results}]}, indent=2) + "\n"


def junit(found: Found, refused: Refused) -> str:
    """One test case a rule and stack; a violation that blocks is a failure, a stack that was not judged an error."""
    suites = ElementTree.Element("testsuites", name="policies")
    for stack, answers in found.items():
        blocking: dict[str, list[Answer]] = {}
        for answer in _visible(answers):
            if answer.blocks:
                blocking.setdefault(answer.finding.rule, []).append(answer)
        names = [rule.id for rule in RULES if rule.checks] + [rule.id for rule in STACK_RULES]
        suite = ElementTree.SubElement(
            suites, "testsuite", name=stack, tests=str(len(names)), failures=str(len(blocking))
        )
        for name in names:
            case = ElementTree.SubElement(suite, "testcase", classname=f"policies.{stack}", name=name)
            if name in blocking:
                text = "\n".join(f"{one.name} {one.finding.path} {one.finding.text}" for one in blocking[name])
                fix = blocking[name][0].finding.remediation
                ElementTree.SubElement(case, "failure", message=fix, type=severity(name)).text = text
    for stack, said in refused.items():
        text = "\n".join(visible(line, spaces=True) for line in said.splitlines())
        suite = ElementTree.SubElement(suites, "testsuite", name=stack, tests="1", failures="0", errors="1")
        case = ElementTree.SubElement(suite, "testcase", classname=f"policies.{stack}", name=NOT_JUDGED)
        ElementTree.SubElement(case, "error", message=text.splitlines()[0], type="error").text = text
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _visible(answers: Sequence[Answer]) -> list[Answer]:
    """Answers with what cannot be seen spelled out: a terminal would obey it, and XML must not have it."""
    return [
        replace(
            answer,
            about=visible(answer.name),
            finding=replace(
                answer.finding,
                path=visible(answer.finding.path),
                text=visible(answer.finding.text),
                remediation=visible(answer.finding.remediation),
            ),
        )
        for answer in answers
    ]
