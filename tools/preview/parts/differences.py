"""The differences themselves, resource by resource, folded."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tools.preview import values
from tools.preview.blocks import Listing, Listings, Section, codes, shortened
from tools.preview.parts.changes import kind
from tools.preview.recording import Recording
from tools.preview.steps import ABSENT, PropertyChange, Step

ORDER = ("replace", "update", "create", "import", "delete", "discard")
LONGEST = 4_000
"""Characters of one value."""
MOST_NAMES = 8
MANY = 20
"""Resources of one kind that come after the others."""
MOST_LINES = 150
"""Of one resource."""

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # ten times as fast, where libyaml is there


def section(recording: Recording) -> Section | None:
    """All resources that change: what is replaced first, what is deleted (and told of above) last."""
    often = Counter((step.op, kind(step)) for step in recording.changes)

    def place(step: Step) -> tuple[int, bool, str]:
        # Of many alike, such as workspaces, a comment that is too long loses some, rather than the few others.
        return ORDER.index(step.op) if step.op in ORDER else len(ORDER), often[step.op, kind(step)] > MANY, step.label

    changed = sorted(recording.changes, key=place)
    if not changed:
        return None
    # A new image, say, is the same difference for every workspace.
    alike: dict[tuple[str, str], list[str]] = {}
    for step in changed:
        alike.setdefault((step.op, _text(step)), []).append(step.label)
    parts = tuple(Listing((f"{op} ", *codes(names, MOST_NAMES)), text, "diff") for (op, text), names in alike.items())
    title = f"Differences of {len(changed)} {'resource' if len(changed) == 1 else 'resources'}"
    return Section(title, Listings(parts), importance=10, noun="differences", folded=True)


def _text(step: Step) -> str:
    if step.op in ("update", "replace"):
        lines = [line for diff in step.diffs for line in _property(diff)]
    elif step.new is not None:
        lines = [f"+ {line}" for line in _as_yaml(step.new).splitlines()]
    else:
        lines = [f"- {line}" for line in _as_yaml(step.old or {}).splitlines()]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"  ({len(lines) - MOST_LINES} more lines)"]
    return "\n".join(lines)


def _property(diff: PropertyChange) -> Iterator[str]:
    forces = " (forces the replacement)" if diff.forces_replacement else ""
    if isinstance(diff.old, str) and isinstance(diff.new, str) and "\n" in diff.old + diff.new:
        yield f"  {diff.path}:{forces}"
        changed = difflib.unified_diff(diff.old.splitlines(), diff.new.splitlines(), lineterm="", n=2)
        for line in list(changed)[2:]:
            yield "    ..." if line.startswith("@@") else f"{line[0]}   {shortened(line[1:], 300)}"
        return
    for sign, value in (("-", diff.old), ("+", diff.new)):
        if value is not ABSENT:
            first, *rest = _as_yaml(value).splitlines() or [""]
            inline = not isinstance(value, Mapping | list)
            yield f"{sign} {diff.path}: {first if inline else ''}{forces}".rstrip()
            yield from (f"{sign}   {line}" for line in (rest if inline else [first, *rest]))


def _as_yaml(value: Any) -> str:
    if isinstance(value, values.Mark):
        return f"({value!r})"
    if isinstance(value, Mapping | list):
        return shortened(_dumped(_named(value), 110), LONGEST)
    return shortened(_dumped(value, 1_000_000).removesuffix("...\n").strip(), LONGEST)


def _dumped(value: Any, width: int) -> str:
    return yaml.dump(value, Dumper=_DUMPER, default_flow_style=False, width=width, allow_unicode=True)


def _named(value: Any) -> Any:
    if isinstance(value, values.Mark):
        return f"({value!r})"
    if isinstance(value, Mapping):
        return {key: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value
