"""What the rules found, and how it is written into a policy event so that it can be read back.

A line is `[RULE] path: text`. The name of the policy says what kind of line it is: the rule's own name for a violation,
and one name each for what is undecided and for what is exempted.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What became of a rule's question."""

    VIOLATION = "violation"
    UNDECIDED = "undecided at preview"
    EXEMPTED = "exempted"
    CRASHED = "crashed"


POLICY_OF = {Outcome.UNDECIDED: "SLATE-UNDECIDED", Outcome.EXEMPTED: "SLATE-EXEMPTED"}
"""Policies that report what is no violation; both are advisory."""
STACK_POLICIES = ("SLATE-STACK", "SLATE-STACK-ADVISORY")
"""Policies that ask about the stack as a whole; the line names the rule."""
UNDECIDED_TEXT = "undecided at preview: the value is known only during the update, where the API server decides"
CRASHED_TEXT = "the rule crashed"
_LINE = re.compile(r"^\[(?P<rule>[A-Z][A-Z0-9-]*)\] (?:(?P<path>\S+): )?(?P<text>.+)$", re.DOTALL)
_FIX = " Fix: "


@dataclass(frozen=True)
class Finding:
    """One answer that must be told."""

    rule: str
    outcome: Outcome
    path: str
    text: str
    remediation: str = ""

    @property
    def policy(self) -> str:
        """Name of the policy that reports it."""
        return POLICY_OF.get(self.outcome, self.rule)

    def line(self) -> str:
        """The message of the policy event."""
        where = f"{self.path}: " if self.path else ""
        fix = f"{_FIX}{self.remediation}" if self.remediation else ""
        return f"[{self.rule}] {where}{self.text}{fix}"


def read(policy: str, message: str) -> Finding | None:
    """The finding in a policy event, or None if it is not one of ours.

    Args:
        policy: Name of the policy.
        message: Message of the event; Pulumi puts the policy's description before ours, on a line of its own.
    """
    match = next((found for line in reversed(message.strip().splitlines()) if (found := _LINE.match(line))), None)
    if match is None:
        return None
    outcome = next((outcome for outcome, name in POLICY_OF.items() if name == policy), Outcome.VIOLATION)
    text, _, remediation = match["text"].partition(_FIX)
    if text.startswith(CRASHED_TEXT):
        outcome = Outcome.CRASHED
    return Finding(match["rule"], outcome, match["path"] or "", text, remediation)
