"""What the rules about changes find in a run."""

from policies.changes.change import Plan
from policies.changes.judge import judge, unused
from policies.findings import Finding, Outcome
from tools.policy.output import STACK_BY_ID
from tools.preview.outcome import OldStateFinding

EXEMPTION = "SLATE-EXEMPTION"


def findings(plan: Plan, *, complete: bool = True) -> tuple[OldStateFinding, ...]:
    """What the rules find, and the exemptions of theirs that nothing needs.

    An exemption that is not needed is advisory, whatever the level of its rule: the update that it was for is made
    with it in place, and may be run again.

    Args:
        plan: What would be done.
        complete: Whether that is all; else nobody knows what is not needed.
    """
    judged = judge(plan)
    found = [
        OldStateFinding(
            finding=one.finding,
            severity=one.rule.severity.value,
            level=plan.parameters.level(one.rule.id),
            urn=one.change.urn,
            resource=one.change.key,
        )
        for one in judged
    ]
    rule = STACK_BY_ID[EXEMPTION]
    for entry in unused(plan, judged) if complete else ():
        text = f"{entry.source}: exemption of {entry.rule} for {entry.resource}: is not needed (any more)."
        finding = Finding(EXEMPTION, Outcome.VIOLATION, "", text, rule.remediation)
        found.append(OldStateFinding(finding, rule.severity.value, "advisory", "", entry.resource))
    return tuple(found)
