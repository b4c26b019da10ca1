"""What every alert has: a severity, sentences for people, and a page that says what to do."""

from components.service_levels.promise import Promise
from components.service_levels.promql import Rule

FOLDER = "docs/runbooks"
"""Folder of the pages in this repository; one file an alert, named like it."""

_SERVICE = "workspace"


def alert(
    promise: Promise,
    name: str,
    expression: str,
    *,
    severity: str,
    summary: str,
    description: str,
    wait: str | None = None,
    **labels: str,
) -> Rule:
    """An alerting rule.

    Args:
        promise: The numbers, with the address of the runbooks.
        name: Its name, and that of its runbook.
        expression: It fires while this has a result.
        severity: `critical` (a person is called), `warning` (a ticket), `info` (machines only).
        summary: One sentence without labels.
        description: One sentence with labels.
        wait: How long the expression must hold (default: not at all).
        **labels: Further labels.
    """
    rule: Rule = {"alert": name, "expr": expression.strip("\n")}
    if wait:
        rule["for"] = wait
    rule["labels"] = {"severity": severity, "service": _SERVICE, **labels}
    annotations = {"summary": summary, "description": description, "runbook_url": runbook(promise, name)}
    return rule | {"annotations": annotations}


def runbook(promise: Promise, name: str) -> str:
    """Address of an alert's runbook; without a published one, the file in this repository."""
    base = promise.args["alerting"].get("runbook_base_url") or FOLDER
    return f"{base.rstrip('/')}/{name}.md"
