"""Makes a recording that can be kept out of an event log: small, and without secrets.

The log tells each resource's whole state several times. What is kept is what `recording.read` reads.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tools.preview import values
from tools.preview.recording import NAMESPACE, Error, events
from tools.preview.steps import ABSENT, at, parts

STEP = ("op", "urn", "type", "keys", "diffs", "detailedDiff")
STATE = ("protect", "retainOnDelete")
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def trimmed(lines: Iterable[str]) -> Iterator[str]:
    """The lines to keep, in order."""
    for name, event in events(lines):
        yield json.dumps({name: _event(name, event)}, separators=(",", ":"), sort_keys=True)


def told(errors: Iterable[Error]) -> Iterator[str]:
    """Lines that tell errors, for a run that ended before the engine could log anything."""
    for error in errors:
        event = {"severity": "error", "urn": error.urn, "message": error.message}
        yield json.dumps({"diagnosticEvent": event}, separators=(",", ":"), sort_keys=True)


def _event(name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    if name == "preludeEvent":
        ours = {key: text for key, text in event.get("config", {}).items() if key.startswith(NAMESPACE)}
        return {"config": {key: text for key, text in ours.items() if text != values.BLANKED}}
    if name == "resourcePreEvent":
        return {"metadata": _step(event["metadata"])}
    if name == "summaryEvent":
        return {key: event[key] for key in ("isPreview", "result") if key in event}
    return {key: value for key, value in event.items() if key not in ("color", "streamID", "prefix")}


def _step(metadata: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: metadata[key] for key in STEP if metadata.get(key)}
    for name in ("old", "new"):
        state = metadata.get(name)
        if state:
            kept[name] = {key: state[key] for key in STATE if state.get(key)}
            for part in ("inputs", "outputs"):
                if part == "inputs" or (name == "old" and _needs_outputs(metadata)):
                    kept[name][part] = _written(values.inputs(str(metadata.get("type")), state.get(part)) or {})
    return kept


def _needs_outputs(metadata: Mapping[str, Any]) -> bool:
    """Whether a property that differs was no input before, so that its old value is only among the outputs."""
    old = (metadata.get("old") or {}).get("inputs") or {}
    diffs = (metadata.get("detailedDiff") or {}).items()
    return any(not diff.get("inputDiff") and at(old, parts(path)) is ABSENT for path, diff in diffs)


def _written(value: Any) -> Any:
    """Marks as the log writes them."""
    if value is values.SECRET:
        return values.BLANKED
    if value is values.UNKNOWN:
        return _UNKNOWN
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    return [_written(item) for item in value] if isinstance(value, list) else value
