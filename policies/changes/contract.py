"""What differs between two contracts of service levels, and whether users are promised less by it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

HIGHER, LOWER = (
    ("startSuccess", "availability", "selfHealing"),
    (
        "startDeadlineSeconds",
        "coldStartSeconds",
        "selfHealingMinutes",
    ),
)
"""Objectives that promise more the higher they are, and those that promise more the lower they are."""
FINER = ("intervalSeconds", "canaryPeriodSeconds")
"""Times between measurements: a longer one sees less."""
LOOSENED, TIGHTENED, CHANGED, ADDED, REMOVED = "loosened", "tightened", "changed", "added", "removed"


@dataclass(frozen=True)
class Difference:
    """A part of a contract that differs."""

    name: str
    before: str
    after: str
    verdict: str
    rule: str = ""
    """Id of the rule that it breaks, if it does."""
    remark: str = ""


def read(text: str) -> dict[str, Any]:
    """A contract from its text; empty where the text is none, as of an older version."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], now: datetime, gone: frozenset[str] = frozenset()
) -> list[Difference]:
    """What differs.

    Args:
        old: The contract in force; empty if there is none, which nothing can be less than.
        new: The contract after the change; empty if it is removed.
        now: What is before it has happened already.
        gone: Namespaces that are deleted by the same change.
    """
    if not old:
        return []
    if not new:
        return [Difference("contract", "in force", "", REMOVED, "SLATE-SLA-SCOPE", "nothing is promised any more")]
    return [
        *_objectives(old.get("objectives") or {}, new.get("objectives") or {}),
        *_credits(old.get("creditBands") or [], new.get("creditBands") or []),
        *_windows(old.get("maintenance") or [], new.get("maintenance") or [], now),
        *_projects(old.get("projects") or {}, new.get("projects") or {}, gone),
        *_measure(old, new),
    ]


def _objectives(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for key in (*HIGHER, *LOWER):
        before, after = old.get(key), new.get(key)
        if before == after or before is None:
            continue
        if not isinstance(after, int | float):
            yield Difference(key, f"{before:g}", "", REMOVED, "SLATE-SLA-TARGET", "it is not promised any more")
        elif (after < before) if key in HIGHER else (after > before):
            yield Difference(key, f"{before:g}", f"{after:g}", LOOSENED, "SLATE-SLA-TARGET")
        else:
            yield Difference(key, f"{before:g}", f"{after:g}", TIGHTENED)


def credit(bands: Sequence[Mapping[str, Any]], availability: float) -> float:
    """Percent of the month's price that is given back for an availability."""
    return max((band["percent"] for band in bands if availability < band["below"]), default=0)


def _credits(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    if old == new:
        return
    before, after = _told(old), _told(new)
    # Credits are steps: between two edges they are the same, so just below each edge says all.
    edges = sorted({band["below"] for band in (*old, *new)}, reverse=True)
    less = [edge for edge in edges if credit(new, edge - 1e-9) < credit(old, edge - 1e-9)]
    if not less:
        yield Difference("service credits", before, after, TIGHTENED)
        return
    edge = less[0]
    remark = f"just below {edge:g} % a project gets {credit(new, edge - 1e-9):g} % back instead of"
    remark += f" {credit(old, edge - 1e-9):g} %"
    yield Difference("service credits", before, after, LOOSENED, "SLATE-SLA-CREDIT", remark)


def _told(bands: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{band['percent']:g} % below {band['below']:g}" for band in bands) or "none"


def _windows(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Difference]:
    known = [(_start(window), _end(window)) for window in old]
    for window in new:
        if window in old:
            continue
        name = f"maintenance {window.get('name', '')}".strip()
        earlier = next((one for one in old if one.get("name") == window.get("name") and one not in new), None)
        before, verdict = ("", ADDED) if earlier is None else (_span(earlier), CHANGED)
        past = _uncovered((_start(window), min(_end(window), now)), known)
        if past > 0:
            remark = f"takes {_minutes(past)} that are over already out of the measurement"
            yield Difference(name, before, _span(window), LOOSENED, "SLATE-SLA-WINDOW", remark)
        else:
            remark = "" if window.get("announced") else "not announced yet"
            yield Difference(name, before, _span(window), verdict, "", remark)
    names = {window.get("name") for window in new}
    for window in old:
        if window not in new and window.get("name") not in names:
            yield Difference(f"maintenance {window.get('name', '')}".strip(), _span(window), "", REMOVED)


def _uncovered(span: tuple[datetime, datetime], known: list[tuple[datetime, datetime]]) -> float:
    """Seconds of a span that lie in none of the others."""
    begin, end = span
    left = 0.0
    for start, stop in sorted(known):
        if begin >= end:
            break
        if stop > begin and start < end:
            left += max((start - begin).total_seconds(), 0)
            begin = max(begin, stop)
    return left + max((end - begin).total_seconds(), 0)


def _start(window: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(window["start"])


def _end(window: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(window["end"])


def _span(window: Mapping[str, Any]) -> str:
    return f"{window['start']} to {window['end']}"


def _minutes(seconds: float) -> str:
    minutes = max(round(seconds / 60), 1)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _projects(old: Mapping[str, str], new: Mapping[str, str], gone: frozenset[str]) -> Iterator[Difference]:
    for namespace, name in old.items():
        if namespace not in new:
            rule, remark = (
                ("", "it is deleted") if namespace in gone else ("SLATE-SLA-SCOPE", "nothing is promised to it")
            )
            yield Difference(f"project {name}", "promised to", "", REMOVED, rule, remark)
    for namespace, name in new.items():
        if namespace not in old:
            yield Difference(f"project {name}", "", "promised to", ADDED)


def _measure(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for key in FINER:
        before, after = old.get(key), new.get(key)
        if before != after and before is not None:
            coarser = after is None or after > before
            rule = "SLATE-SLA-MEASURE" if coarser else ""
            verdict = REMOVED if after is None else LOOSENED if coarser else TIGHTENED
            yield Difference(key, f"{before:g}", "" if after is None else f"{after:g}", verdict, rule)
    if old.get("timeZone") != new.get("timeZone"):
        yield Difference("timeZone", str(old.get("timeZone")), str(new.get("timeZone")), CHANGED)
