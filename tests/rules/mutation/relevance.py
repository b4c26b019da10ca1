"""Which time lines concern a rule, and which rules a time line needs."""

import re
from functools import lru_cache

from components.service_levels.promql import Group, Rule
from tests.rules.timeline import Case

_NAME = re.compile(r"[a-zA-Z_][\w:]*")
_ALERTS = re.compile(r'alertname=~?"([^"]+)"')
_BY_NAME = re.compile(r'__name__=~"([^"]+)"')


def name_of(rule: Rule) -> str:
    """Name of the series or of the alert."""
    return rule.get("record") or rule["alert"]


def needed(case: Case, groups: list[Group]) -> list[Group]:
    """The groups of a case, without the rules that none of its checks depends on."""
    taking_part = [group for group in groups if group["name"] in case.groups]
    known = {name_of(rule): rule for group in taking_part for rule in group["rules"]}
    texts: dict[str, str] = {}
    for group in taking_part:
        for rule in group["rules"]:
            texts[name_of(rule)] = texts.get(name_of(rule), "") + " " + rule["expr"]
    wanted: set[str] = set()
    waiting = [name for check in case.checks for name in _asked(check.expression, tuple(known))]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [found for found in _names(texts[name]) if found in known]
    kept = [{**group, "rules": [rule for rule in group["rules"] if name_of(rule) in wanted]} for group in taking_part]
    return [group for group in kept if group["rules"]]


@lru_cache(maxsize=4096)
def _asked(expression: str, known: tuple[str, ...]) -> frozenset[str]:
    named = set(_names(expression))
    for pattern in _ALERTS.findall(expression):
        named |= set(pattern.split("|"))
    for pattern in _BY_NAME.findall(expression):
        named |= {name for name in known if re.fullmatch(pattern, name)}
    return frozenset(named & set(known))


@lru_cache(maxsize=4096)
def _names(expression: str) -> frozenset[str]:
    return frozenset(_NAME.findall(expression))
