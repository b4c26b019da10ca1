"""Guardrails that a change takes away."""

import pytest

from policies.changes.change import Does
from policies.changes.judge import judge
from tests.policies.changes.plans import change, plan

KINDS = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")


def found(*changes) -> set[str]:
    return {one.finding.rule for one in judge(plan(*changes))}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("does", [Does.DELETE, Does.REPLACE])
def test_a_guardrail_that_goes_is_found(kind, does):
    assert found(change(kind, "slate-pods", does, {}, namespace="")) == {"SLATE-KEEP-GUARDRAIL"}


@pytest.mark.parametrize(("name", "does"), [("slate-pods", Does.UPDATE), ("elsewhere", Does.DELETE)])
def test_one_that_stays_or_is_somebody_elses_is_not(name, does):
    assert found(change("ValidatingAdmissionPolicy", name, does, {}, {}, namespace="")) == set()


def test_levels_may_move_rules_from_one_policy_to_the_other():
    mandatory, advisory = (("slate-routes", Does.DELETE), ("slate-routes-advisory", Does.CREATE))
    there = [change(kind, *one, {}, namespace="") for kind in KINDS for one in (mandatory, advisory)]
    back = change(KINDS[0], "slate-routes-advisory", Does.DELETE, {}, namespace="")

    assert found(*there) == set()
    assert found(back) == set()
