"""Writes what a preview found as JSON, for programs."""

import json
from dataclasses import asdict
from enum import Enum
from typing import Any

from tools.policy.output import severity
from tools.preview.analysis import Analysis
from tools.preview.recording import Recording
from tools.preview.verdict import errors, verdict

VERSION = 1
"""Of the format; a change that readers must know of makes it higher."""


def write(recording: Recording, analysis: Analysis) -> str:
    """One object: the verdict, what changes, what the rules say, the analysis; without the resources' values."""
    judged = verdict(recording, analysis)
    content = {
        "version": VERSION,
        "stack": recording.stack,
        "command": recording.command,
        "verdict": judged.word,
        "passes": judged.passes,
        "reasons": judged.reasons,
        "changes": [
            {
                "operation": step.op,
                "resource": step.label,
                "urn": step.urn,
                "protected": step.protected,
                "properties": [diff.path for diff in step.diffs],
                "forcedBy": [diff.path for diff in step.diffs if diff.forces_replacement] or list(step.replace_keys),
            }
            for step in recording.changes
        ],
        "unchanged": sum(step.op == "same" for step in recording.steps),
        "findings": [
            {
                "rule": found.finding.rule,
                "severity": severity(found.finding.rule),
                "level": found.level,
                "outcome": found.finding.outcome.value,
                "urn": found.urn,
                "path": found.finding.path,
                "text": found.finding.text,
                "remediation": found.finding.remediation,
            }
            for found in recording.findings
        ],
        "errors": [asdict(error) for error in errors(recording)],
        "warnings": [asdict(warning) for warning in recording.warnings],
        "analysis": asdict(analysis),
    }
    return json.dumps(content, indent=2, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else str(value)
