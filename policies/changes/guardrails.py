"""The guardrails of the API server: the rules about objects see those that are there, and none that is taken away."""

from collections.abc import Iterator

from policies.changes.change import Change, ChangeRule, Plan
from policies.rule import Severity
from policies.rules.stack import ADVISORY, OWN_POLICIES
from policies.values import Problem


def _guardrail(change: Change, plan: Plan) -> Iterator[Problem]:
    if not change.gone or not change.name.startswith(OWN_POLICIES) or change.name.endswith(ADVISORY):
        return
    # Where policies/config makes all rules of a policy advisory, that policy takes its place.
    if not any(other.name == f"{change.name}{ADVISORY}" and not other.gone for other in plan.changes):
        yield Problem("", f"is {change.does.value}: the API server would not ask its rules any more")


RULES = (
    ChangeRule(
        "SLATE-KEEP-GUARDRAIL",
        "No guardrail of the API server is taken away",
        Severity.CRITICAL,
        "What is made past the program would meet no rule, and nothing would tell.",
        "Keep the component Guardrails. If it is meant, add an exemption to policies/config, with reason, owner and"
        " date.",
        frozenset({"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}),
        _guardrail,
    ),
)
