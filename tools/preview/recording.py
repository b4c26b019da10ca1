"""What happened in a preview or an update, read from the CLI's event log (one JSON object a line)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies import findings
from policies.findings import Finding
from policies.findings import Outcome as Answer
from tools.preview import steps, values
from tools.preview.steps import Step

OK, FAILED, INTERRUPTED = "ok", "failed", "interrupted"
PREVIEW, UP = "preview", "up"
NAMESPACE = "slate:"
RELEVANT = ("resourcePreEvent", "diagnosticEvent", "policyEvent", "preludeEvent", "summaryEvent", "errorEvent")
UNANSWERED = "can't run policy"
"""How the engine begins a message about a policy that it could not ask, for want of a value."""
CANCELED = ("context canceled", "preview canceled", "update canceled")
"""Errors by which a run only says that it was asked to stop."""
_MARKUP = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class PolicyFinding:
    """What a rule of the policy pack said of a resource."""

    finding: Finding
    level: str
    """`mandatory`, `advisory` or what else Pulumi calls it."""
    urn: str
    """The resource; empty for the stack as a whole."""

    @property
    def mandatory(self) -> bool:
        """Whether a violation stops the update."""
        return self.level == "mandatory"

    @property
    def blocks(self) -> bool:
        """Whether it stops the update."""
        return self.mandatory and self.finding.outcome in (Answer.VIOLATION, Answer.CRASHED)

    @property
    def resource(self) -> str:
        """Name of the resource; empty for the stack as a whole."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Error:
    """An error or a warning; `urn` is empty if it belongs to no resource."""

    urn: str
    message: str


@dataclass(frozen=True)
class Recording:
    """A run of `pulumi preview` or `pulumi up`, without secrets."""

    stack: str
    command: str
    """`preview` or `up`."""
    steps: tuple[Step, ...] = ()
    """In the engine's order, those that change nothing (`same`) included."""
    findings: tuple[PolicyFinding, ...] = ()
    errors: tuple[Error, ...] = ()
    warnings: tuple[Error, ...] = ()
    outcome: str = OK
    """`ok`, `failed`, or `interrupted`: the log ends before the run did."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The stack's new settings, by their names without `slate:`; secrets are not among them."""

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change something, one a resource: of a replacement the step `replace`."""
        found: dict[str, Step] = {}
        for step in self.steps:
            known = found.get(step.urn)
            if step.effective and (known is None or (known.op in steps.REPLACING and step.op == "replace")):
                found[step.urn] = step
        return tuple(found.values())


def failed(stack: str, command: str, message: str) -> Recording:
    """A run that ended before the engine began, such as one with a settings file that is not right."""
    return Recording(stack, command, errors=(Error("", message),), outcome=FAILED)


def read(lines: Iterable[str], stack: str = "", command: str = PREVIEW) -> Recording:
    """Read an event log; of one that was cut off, what is before the cut.

    Args:
        lines: Of the log.
        stack: The stack's name, for a log without resources.
        command: What was run, for a log that does not say it.
    """
    found: list[Step] = []
    seen: set[tuple[str, str]] = set()
    answers: dict[PolicyFinding, None] = {}
    errors: dict[Error, None] = {}
    warnings: dict[Error, None] = {}
    summary: Mapping[str, Any] | None = None
    settings: dict[str, Any] = {}
    for name, event in events(lines):
        if name == "preludeEvent":
            settings.update(_settings(event.get("config") or {}))
        elif name == "summaryEvent":
            summary = event
        elif name == "resourcePreEvent":
            step = steps.read(event.get("metadata") or {})
            # `up` with a preview of its own tells every step twice.
            if (step.urn, step.op) not in seen:
                seen.add((step.urn, step.op))
                found.append(step)
        elif name == "policyEvent":
            answers[_finding(event)] = None
        elif name == "errorEvent":
            errors[Error("", bare(event.get("error", "")))] = None
        elif event.get("severity") in ("error", "warning") and not event.get("ephemeral"):
            told = errors if event["severity"] == "error" else warnings
            told[Error(str(event.get("urn", "")), bare(event.get("message", "")))] = None
    if found:
        stack = stack or (found[0].urn.split("::")[0].rpartition(":")[2])
    if summary is not None and summary.get("isPreview") is False:
        command = UP
    return Recording(
        stack=stack,
        command=command,
        steps=tuple(found),
        findings=tuple(answers),
        errors=tuple(errors),
        warnings=tuple(warnings),
        outcome=_outcome(summary, errors, answers),
        settings=settings,
    )


def events(lines: Iterable[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of a log that matter, each with its name."""
    for line in lines:
        # The log holds every resource's whole state several times; only what matters is worth parsing.
        if not any(f'"{name}"' in line for name in RELEVANT):
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was killed
        for name in RELEVANT:
            if isinstance(entry, dict) and isinstance(entry.get(name), dict):
                yield name, entry[name]


def _outcome(summary: Mapping[str, Any] | None, errors: Iterable[Error], answers: Iterable[PolicyFinding]) -> str:
    said = [error.message for error in errors]
    if any(message not in CANCELED for message in said) or any(answer.blocks for answer in answers):
        return FAILED
    if said:  # its summary, if there is one, calls it failed
        return INTERRUPTED
    if summary is None or summary.get("result") == "canceled":
        return INTERRUPTED
    return FAILED if summary.get("result") == "failed" else OK


def _finding(event: Mapping[str, Any]) -> PolicyFinding:
    policy, message = str(event.get("policyName", "")), bare(event.get("message", ""))
    finding = findings.read(policy, message)
    if finding is None:  # a pack of somebody else has its own way to write messages
        asked = Answer.UNDECIDED if message.startswith(UNANSWERED) else Answer.VIOLATION
        finding = Finding(policy, asked, "", message)
    return PolicyFinding(finding, str(event.get("enforcementLevel", "")), str(event.get("resourceUrn", "")))


def _settings(configuration: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, text in configuration.items():
        if not key.startswith(NAMESPACE) or not isinstance(text, str):
            continue
        value: Any = text
        if text[:1] in ("[", "{"):
            try:
                value = json.loads(text)
            except ValueError:
                value = text
        value = values.plain(value)
        if value is not values.SECRET:
            yield key.removeprefix(NAMESPACE), value


def bare(message: Any) -> str:
    """A message without the marks by which Pulumi colours it."""
    return _MARKUP.sub("", str(message)).strip()
