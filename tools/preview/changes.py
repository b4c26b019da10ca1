"""From the engine's steps to what the rules about changes look at: objects of the cluster, before and after."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from policies.changes.change import Change, Does, Plan
from policies.changes.table import CHANGE_RULES
from policies.parameters import Parameters
from policies.values import UNKNOWN, Value
from tools.preview import steps, values
from tools.preview.recording import Recording
from tools.preview.steps import Step

PATCH = "Patch"
KINDS = frozenset(kind for rule in CHANGE_RULES for kind in rule.kinds)
_DOES = {"create": Does.CREATE, "import": Does.CREATE, "update": Does.UPDATE, "delete": Does.DELETE}


def plan(recording: Recording, parameters: Parameters, now: datetime) -> Plan:
    """What a run would do to the objects that rules about changes are about."""
    together: dict[str, list[Step]] = {}
    for step in recording.steps:
        if step.type.startswith("kubernetes:"):
            together.setdefault(step.urn, []).append(step)
    changes = [_change(several) for several in together.values()]
    return Plan(tuple(change for change in changes if change.kind in KINDS), parameters, now)


def _change(several: Iterable[Step]) -> Change:
    """One object; a replacement is several steps."""
    several = list(several)
    first = several[0]
    old = next((step.old for step in several if step.old is not None), None)
    new = next((step.new for step in several if step.new is not None), None)
    replaced = any(step.op in steps.REPLACING for step in several)
    kind = first.type.rpartition(":")[2]
    metadata = (new or old or {}).get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    does = Does.REPLACE if replaced else _DOES.get(first.op, Does.KEEP)
    # Whatever Pulumi only forgets stays in the cluster as it is.
    left_alone = does is Does.DELETE and first.retained
    return Change(
        urn=first.urn,
        kind=kind.removesuffix(PATCH),
        namespace=_text(metadata.get("namespace")),
        name=_text(metadata.get("name")) or first.name,
        does=Does.KEEP if left_alone else does,
        old=Value(_plain(old)),
        new=Value(_plain(old if left_alone else new)),
        protected=any(step.protected for step in several if step.old is not None),
        protected_after=any(step.protected_after for step in several),
        patch=kind.endswith(PATCH),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _plain(value: Any) -> Any:
    """A value with the rules' mark for what is not known; a secret is nothing that a rule may read."""
    if value is values.UNKNOWN:
        return UNKNOWN
    if value is values.SECRET:
        return repr(values.SECRET)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
