"""What a run would change in the promises."""

from policies.changes.change import Plan
from policies.changes.contract import LOOSENED
from policies.changes.promises import differences
from policies.values import Undecided
from tools.preview.outcome import TargetChange


def target_changes(plan: Plan) -> tuple[TargetChange, ...]:
    """The differences, what is loosened first."""
    try:
        found = differences(plan)
    except Undecided as unknown:
        return (TargetChange("contract", "", "", "changed", f"{unknown.path} is known only after the update"),)
    except Exception as error:  # the rule that asks the same reports its crash, which blocks
        return (TargetChange("contract", "", "", "changed", f"it cannot be read ({type(error).__name__})"),)
    ordered = sorted(found, key=lambda one: (not one.rule, one.verdict != LOOSENED))
    return tuple(TargetChange(one.name, one.before, one.after, one.verdict, one.remark) for one in ordered)
