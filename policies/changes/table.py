"""The rules about changes, by theme."""

from policies.changes import guardrails, promises, stateful
from policies.changes.change import ChangeRule

CHANGE_THEMES: dict[str, tuple[ChangeRule, ...]] = {
    "Data that a change would lose": stateful.RULES,
    "Promises that a change would loosen": promises.RULES,
    "Guardrails that a change would take away": guardrails.RULES,
}
CHANGE_RULES: tuple[ChangeRule, ...] = tuple(rule for rules in CHANGE_THEMES.values() for rule in rules)
CHANGE_BY_ID: dict[str, ChangeRule] = {rule.id: rule for rule in CHANGE_RULES}
