"""What is asked of a stack as a whole: ceilings, isolation, service levels, exemptions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policies import stack_checks as checks
from policies.evaluate import crashed
from policies.findings import Finding, Outcome
from policies.rule import Severity
from policies.stack_view import Answers, Stack
from policies.values import Undecided

__all__ = ["STACK_RULES", "Stack", "StackRule", "judge_stack"]


@dataclass(frozen=True)
class StackRule:
    """A rule about the stack as a whole."""

    id: str
    title: str
    severity: Severity
    rationale: str
    remediation: str
    check: Callable[[Stack], Answers]
    references: tuple[str, ...] = ()


STACK_RULES: tuple[StackRule, ...] = (
    StackRule(
        "SLATE-QUOTA",
        "Every project has a quota for all that it can use up",
        Severity.HIGH,
        "Without a ceiling one project takes the cluster from the others.",
        "Set the project's quota in the settings.",
        checks.quota,
        ("NSA",),
    ),
    StackRule(
        "SLATE-LIMITRANGE",
        "Every project has defaults for pods that state no resources",
        Severity.MEDIUM,
        "A job without limits would be unlimited.",
        "Declare the project with the component Project.",
        checks.limit_range,
        ("NSA",),
    ),
    StackRule(
        "SLATE-ISOLATION",
        "Every project denies traffic unless it is allowed",
        Severity.CRITICAL,
        "Pods are reached by everybody in the cluster until a policy says otherwise.",
        "Declare the project with the component Project.",
        checks.isolation,
        ("NSA", "CIS 5.3.2"),
    ),
    StackRule(
        "SLATE-GPU-QUOTA",
        "No workspace asks for more GPUs than its project has",
        Severity.HIGH,
        "It would never start.",
        "Raise quota.gpus of the project, or choose a smaller profile.",
        checks.gpu_quota,
    ),
    StackRule(
        "SLATE-GPU-TOTAL",
        "Projects are not promised more GPUs than the pools have",
        Severity.MEDIUM,
        "The last to come would wait, whatever their quota says.",
        "Lower quotas, grow the pools, or set gpus in policies/config.",
        checks.gpu_total,
    ),
    StackRule(
        "SLATE-OBJECTIVES",
        "Every project has service levels",
        Severity.MEDIUM,
        "What is not measured is not promised.",
        "Declare the project and the service levels in one stack, or list it in the contract.",
        checks.objectives,
    ),
    StackRule(
        "SLATE-SLA-FLOOR",
        "No service level is below the floor",
        Severity.HIGH,
        "Contracts with customers name these numbers.",
        "Raise the target in slate:serviceLevels, or change the floor in policies/config.",
        checks.floors,
    ),
    StackRule(
        "SLATE-SLA-RULES",
        "No alert on a service level is dropped or made less severe",
        Severity.HIGH,
        "A promise that nobody is woken for is none.",
        "Restore the alert; its name and severity are in policies/config (alerts).",
        checks.alerts,
    ),
    StackRule(
        "SLATE-EXEMPTION",
        "Exemptions have a reason and an owner, are in force, and are needed",
        Severity.HIGH,
        "An exemption that nobody answers for is a hole that stays.",
        "Complete, correct, renew or remove the entry in policies/config.",
        checks.exemptions,
    ),
)


def judge_stack(stack: Stack, rules: Sequence[StackRule] = STACK_RULES) -> list[tuple[str, Finding]]:
    """What is wrong with the stack as a whole: the resource's URN, or nothing, and the finding."""
    found: list[tuple[str, Finding]] = []
    for rule in rules:
        if stack.parameters.level(rule.id) == "disabled":
            continue
        try:
            for urn, text in rule.check(stack):
                found.append((urn, Finding(rule.id, Outcome.VIOLATION, "", f"{text}.", rule.remediation)))
        except Undecided as unknown:
            found.append(("", Finding(rule.id, Outcome.UNDECIDED, unknown.path, "undecided at preview")))
        except Exception as error:
            found.append(("", crashed(rule.id, error)))
    return found
