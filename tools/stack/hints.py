"""The command that helps after a Pulumi run has failed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.stack.events import NAMESPACE_TYPE, Failure, resource_type
from tools.stack.session import Request

PREFIX = "ws-"
GUARDRAILS = "ValidatingAdmissionPolicy 'slate-"
"""Begins what the API server says where one of Slate's admission policies refuses an object."""
_UNKNOWN_STACK = re.compile(r'unknown stack "([^"]+)"')


def hints(failures: Sequence[Failure], request: Request, resources: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """What to do about a run's errors.

    Args:
        failures: The errors that Pulumi reported.
        request: What was asked for: commands are for its stack and cluster.
        resources: The resources in its state; they say which project a protected namespace belongs to.

    Returns:
        One text per kind of error that Slate can help with.
    """
    found: list[str] = []
    suffix = request.suffix
    if any(failure.rule for failure in failures):
        found.append("A rule was violated: docs/policies.md says why each is there, and how an exemption is made.")
    failures = [failure for failure in failures if not failure.rule]
    text = "\n".join(failure.message for failure in failures)
    protected = _protected(failures, resources)
    if protected:
        commands = "\n".join(f"  make unprotect PROJECT={name}{suffix}" for name in protected)
        found.append(
            f"Protected: {', '.join(protected)}. Removing a project deletes its namespace and with it every home in"
            " it, so it is refused while the project is protected. If that is what you want, allow it first:\n"
            f"{commands}\nand then run this command again. Otherwise put the project back into the settings."
        )
    unknown = _UNKNOWN_STACK.search(text)
    if unknown:
        platform = Request(unknown[1].rpartition("/")[2], cluster=request.cluster or request.target)
        found.append(
            f"slate:platformStack names the stack {unknown[1]}, which this backend does not have. Make that one first:"
            f" make up{platform.suffix}\nor correct slate:platformStack."
        )
    if GUARDRAILS in text:
        found.append(
            "The API server enforces the rules of docs/policies.md as policies/config of the platform's stack has them,"
            " and refused an object. If that was changed just now, wait some seconds, until all API servers know, and"
            f" go on: make up{suffix}"
        )
    if "already exists" in text:
        found.append(
            "An object exists that this stack's state does not know. If an interrupted run of this stack made it, let"
            f" Pulumi take it over: make up{suffix} ADOPT=1\nIf it is somebody else's, rename yours."
        )
    elif "conflict" in text.lower() and "field" in text.lower():
        found.append(
            "A field is held by another manager. Find out who changed it (kubectl get ... --show-managed-fields);"
            f" to overrule them once: make up{suffix} ADOPT=1"
        )
    return found


def _protected(failures: Sequence[Failure], resources: Iterable[Mapping[str, Any]]) -> list[str]:
    names = {resource["urn"]: project_of(resource) for resource in resources}
    found = []
    for failure in failures:
        if "protect" not in failure.message:
            continue
        urns = [urn for urn in names if urn in failure.message] or [failure.urn]
        for urn in urns:
            name = names.get(urn) or (urn.rpartition("::")[2] if resource_type(urn) == NAMESPACE_TYPE else "")
            if name and name not in found:
                found.append(name)
    return found


def project_of(resource: Mapping[str, Any]) -> str:
    """The project whose namespace a resource of the state is, or nothing; the platform's own are of no project."""
    if resource.get("type") != NAMESPACE_TYPE:
        return ""
    metadata = (resource.get("inputs") or {}).get("metadata") or {}
    labelled, name = (metadata.get("labels") or {}).get("slate.dev/project"), str(metadata.get("name", ""))
    return labelled or (name.removeprefix(PREFIX) if name.startswith(PREFIX) else "")
