"""What went wrong in a Pulumi run, from the CLI's own event log, so that Slate can add the command that helps."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMESPACE_TYPE = "kubernetes:core/v1:Namespace"


@dataclass(frozen=True)
class Failure:
    """One error of a run: the resource's name (URN), if it belongs to one, and the text."""

    urn: str
    message: str
    rule: bool = False
    """Whether a rule of the policy pack was violated."""


def read_errors(log: Path) -> list[Failure]:
    """The errors in an event log (one JSON object a line); an absent or cut-off log has those before the cut."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        # The log holds every resource's whole state; only lines that can matter are worth parsing.
        if '"severity":"error"' not in line and '"enforcementLevel":"mandatory"' not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        event: dict[str, Any] = entry.get("diagnosticEvent") or {}
        if event.get("severity") == "error":
            found.append(Failure(event.get("urn", ""), event.get("message", "")))
        policy: dict[str, Any] = entry.get("policyEvent") or {}
        if policy.get("enforcementLevel") == "mandatory":
            found.append(Failure(policy.get("resourceUrn", ""), policy.get("message", ""), rule=True))
    return found


def resource_type(urn: str) -> str:
    """The type in `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""
