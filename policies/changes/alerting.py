"""What differs between two sets of Prometheus rules: which are not there any more, which alerts are less severe."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from policies.changes.contract import ADDED, CHANGED, LOOSENED, REMOVED, Difference

SEVERITIES = ("info", "warning", "critical")
SHOWN = 8
"""Names that are told; further ones are counted."""


@dataclass
class Rules:
    """Rules by name; an alert has one expression or several, with a severity each."""

    alerts: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    records: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, groups: Any) -> "Rules":
        """Add the rules of some groups; what is no rule is left out."""
        for group in groups if isinstance(groups, Sequence) else ():
            for rule in group.get("rules") or () if isinstance(group, Mapping) else ():
                if isinstance(rule, Mapping) and ("alert" in rule or "record" in rule):
                    where = self.alerts if "alert" in rule else self.records
                    where.setdefault(str(rule.get("alert") or rule.get("record")), []).append(rule)
        return self

    def severity(self, alert: str) -> int:
        """Rank of the highest severity of an alert; -1 for an unfamiliar one."""
        named = [(rule.get("labels") or {}).get("severity") for rule in self.alerts[alert]]
        return max(SEVERITIES.index(name) if name in SEVERITIES else -1 for name in named)


@functools.lru_cache(maxsize=4)
def groups_of(text: str) -> Any:
    """The groups of a rule file; none where the text is no rule file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are safe ones
    except yaml.YAMLError:
        return ()
    return (found.get("groups") or ()) if isinstance(found, Mapping) else ()


def differences(old: Rules, new: Rules) -> Iterator[Difference]:
    """What differs; rules that are only written in another way are told together."""
    for kind, before, after in (("alert", old.alerts, new.alerts), ("rule", old.records, new.records)):
        for name in sorted(before.keys() - after.keys()):
            yield Difference(f"{kind} {name}", "evaluated", "", REMOVED, "SLATE-SLA-DROPPED")
    for name in sorted(old.alerts.keys() & new.alerts.keys()):
        first, second = old.severity(name), new.severity(name)
        if second < first:
            told = [SEVERITIES[rank] if rank >= 0 else "none" for rank in (first, second)]
            yield Difference(f"alert {name}", told[0], told[1], LOOSENED, "SLATE-SLA-DROPPED", "less severe")
    for kind, before, after in (("alerts", old.alerts, new.alerts), ("rules", old.records, new.records)):
        yield from _several(kind, ADDED, sorted(after.keys() - before.keys()))
        yield from _several(
            kind, CHANGED, sorted(name for name in before if name in after and before[name] != after[name])
        )


def _several(kind: str, verdict: str, names: list[str]) -> Iterator[Difference]:
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield Difference(f"{len(names)} {kind}", "", "", verdict, "", ", ".join(names[:SHOWN]) + more)
