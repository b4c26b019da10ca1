"""What is written into a policy event can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.findings import POLICY_OF, Finding, Outcome, read
from policies.table import RULES

TEXT = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "Zs"], include_characters=".,'()"), min_size=1
).filter(lambda text: text.strip() == text and " Fix: " not in text and not text.startswith("the rule crashed"))
PATHS = st.from_regex(r"[a-z]+(\.[a-zA-Z/-]+|\[[0-9]\]){0,5}", fullmatch=True) | st.just("")


@given(
    st.sampled_from([rule.id for rule in RULES]), st.sampled_from([Outcome.VIOLATION, *POLICY_OF]), PATHS, TEXT, TEXT
)
def test_a_finding_survives_the_way_through_an_event(rule, outcome, path, text, remediation):
    fix = remediation if outcome is Outcome.VIOLATION else ""
    finding = Finding(rule, outcome, path, f"Must {text}", fix)

    # Pulumi puts the description of the policy before the message.
    assert read(finding.policy, f"Some title.\n{finding.line()}\n") == finding


def test_a_crash_is_told_from_a_violation():
    crash = Finding("SLATE-PRIV", Outcome.CRASHED, "", "the rule crashed (KeyError at x.py:1).", "Report it.")

    assert read("SLATE-PRIV", crash.line()) == crash


@pytest.mark.parametrize("message", ["", "can't run policy 'x' during preview", "Some other pack's words."])
def test_other_packs_messages_are_not_taken_for_ours(message):
    assert read("other", message) is None
