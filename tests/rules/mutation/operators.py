"""Small changes of one rule, each of a kind that a person might get wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.service_levels.promql import Group, Rule

_SWAPS = (
    (r"(?<![=!<>])<=", "<"),
    (r"(?<![=!<>])>=", ">"),
    (r"(?<![=!<>])<(?![=])", ">"),
    (r"(?<![=!<>])>(?![=])", "<"),
    (r" == ", " != "),
    (r" != ", " == "),
    (r"\band\b", "unless"),
    (r"\bunless\b", "and"),
    (r"\bor\b", "and"),
    (r"(?<=\s)-(?=\s)", "+"),
    (r"(?<=\s)\+(?=\s)", "-"),
    (r"(?<=\s)/(?=\s)", "*"),
    (r"\bmax by\b", "min by"),
    (r"\bmin by\b", "max by"),
    (r"\bsum by\b", "max by"),
    (r"\bcount by\b", "sum by"),
    (r"\bsum\(", "max("),
    (r"\bmin_over_time\b", "max_over_time"),
    (r"\bmax_over_time\b", "min_over_time"),
    (r"\bsum_over_time\b", "max_over_time"),
    (r"\bcount_over_time\b", "sum_over_time"),
    (r'namespace=~"ws-\.\+"', 'namespace=~".+"'),
    (r'namespace=~"ws-\.\+\|slate-canary"', 'namespace=~".+"'),
)
_AROUND = 25
"""Characters before and after a match that tell one place from another."""

_NUMBER = re.compile(r"(?<![\w.:\"])(\d+(?:\.\d+)?)(?![\w.:\"])")
_RANGE = re.compile(r"\[(\d+)([smhd])\]")
_OFFSET = re.compile(r" offset (\d+)([smhd])")
_CLAUSE = re.compile(r"^\s*(and|unless|or) .*$", re.MULTILINE)


@dataclass(frozen=True)
class Mutation:
    """One changed rule.

    Attributes:
        name: The rule and what was changed; the same as long as the rule is.
        group: Name of its group.
        original: The rule as it is.
        rule: The changed rule.
    """

    name: str
    group: str
    original: Rule
    rule: Rule


def mutations(groups: list[Group]) -> list[Mutation]:
    """Every mutation of every rule; two that give the same rule are one."""
    found = []
    for group in groups:
        for rule in group["rules"]:
            seen = {_key(rule)}
            for change, mutated in _changes(rule):
                if _key(mutated) not in seen:
                    seen.add(_key(mutated))
                    found.append(Mutation(f"{title(rule)}: {change}", group["name"], rule, mutated))
    return found


def title(rule: Rule) -> str:
    """What a rule is called: its name, and what tells it from others of the same name."""
    labels = rule.get("labels", {})
    marks = [labels[key] for key in ("slo", "slo_severity", "stage") if key in labels]
    name = rule.get("record") or rule["alert"]
    return f"{name} ({', '.join(marks)})" if marks else name


def _key(rule: Rule) -> str:
    return repr(sorted((key, repr(value)) for key, value in rule.items()))


def _changes(rule: Rule) -> Iterator[tuple[str, Rule]]:
    text = rule["expr"]
    for pattern, grown in (*_SWAPS, (_NUMBER, _number), (_RANGE, _range), (_OFFSET, _offset)):
        for number, places in enumerate(_alike(re.compile(pattern), text), 1):
            instead = grown(places[0]) if callable(grown) else grown
            changed = text
            for place in reversed(places):
                changed = changed[: place.start()] + instead + changed[place.end() :]
            yield f"{places[0][0].strip()} {number} becomes {instead.strip()}", {**rule, "expr": changed}
    for number, match in enumerate(_CLAUSE.finditer(text), 1):
        if match[0].count("(") == match[0].count(")"):
            changed = text[: match.start()] + text[match.end() :]
            yield f"clause {number} is gone ({match[1]})", {**rule, "expr": changed}
    if "alert" in rule:
        yield from _alert(rule)
    if re.fullmatch(r"[\w:]+", text):
        yield "is doubled", {**rule, "expr": f"2 * {text}"}


def _alike(pattern: re.Pattern[str], text: str) -> list[list[re.Match[str]]]:
    """Matches by what is around them: a part that stands in an expression twice is one part, and changes everywhere."""
    found: dict[str, list[re.Match[str]]] = {}
    for match in pattern.finditer(text):
        around = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
        found.setdefault(" ".join(around.split()), []).append(match)
    return list(found.values())


def _alert(rule: dict[str, Any]) -> Iterator[tuple[str, Rule]]:
    if "for" in rule:
        amount, unit = int(rule["for"][:-1]), rule["for"][-1]
        yield "waits ten times as long", {**rule, "for": f"{amount * 10}{unit}"}
        yield "does not wait", {key: value for key, value in rule.items() if key != "for"}
    for label in rule["labels"]:
        rest = {key: value for key, value in rule["labels"].items() if key != label}
        yield f"label {label} is gone", {**rule, "labels": rest}


def _number(match: re.Match[str]) -> str:
    value = float(match[1])
    return "1" if value == 0 else f"{value * 2:g}"


def _range(match: re.Match[str]) -> str:
    return f"[{int(match[1]) * 2}{match[2]}]"


def _offset(match: re.Match[str]) -> str:
    return f" offset {int(match[1]) * 3}{match[2]}"
