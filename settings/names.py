"""Names: DNS labels and names, Kubernetes object names."""

import re
from typing import Annotated

from settings.base import Rule, text
from settings.errors import Refusal

LABEL_CHARACTERS = 63
"""RFC 1035: a DNS label has at most 63 characters; Kubernetes uses the same limit for label values."""

HOST_CHARACTERS = 253
"""RFC 1123: a host name has at most 253 characters."""

DOMAIN_CHARACTERS = HOST_CHARACTERS - LABEL_CHARACTERS - len(".")
"""So that every workspace's host name fits, whatever its label."""

STATEFUL_SET_CHARACTERS = 52
"""Pods bear the label `controller-revision-hash: <StatefulSet>-<hash>`: 63 less a hyphen and 10 for the hash."""

NAMESPACE_PREFIX = "ws-"
POOL_CHARACTERS = 30
RESERVED_PROJECTS = ("canary", "system")
RESERVED_WORKSPACES = ("workspaces",)
"""The project's shared Service bears this name; a Service per workspace would collide with it."""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
"""RFC 1123 names: DNS labels joined by dots."""

_LABEL_PATTERN = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"


def dns_label(value: object, most: int = LABEL_CHARACTERS) -> str:
    """Accepts a DNS label: lower-case letters, digits and hyphens, no hyphen at either end.

    Raises:
        Refusal: When it is something else or longer than `most`.
    """
    name = text(value)
    if len(name) > most:
        raise Refusal(f"has {len(name)} characters, more than {most}", f"shorten it to {most} characters or fewer")
    if not _LABEL.fullmatch(name):
        raise Refusal("is not a DNS label", _suggestion(name, most))
    return name


def part_of_host(value: object, most: int) -> str:
    """Accepts a DNS label that can be joined to another one by `--`.

    Raises:
        Refusal: When it is no DNS label or holds `--`.
    """
    name = dns_label(value, most)
    if "--" in name:
        fix = f"write {re.sub('-+', '-', name)}"
        raise Refusal("holds --, which separates workspace and project in host names", fix)
    return name


def project_name(value: object) -> str:
    """Accepts the name of a project.

    Raises:
        Refusal: When it is no DNS label, holds `--`, is too long for its namespace, or is reserved.
    """
    name = part_of_host(value, LABEL_CHARACTERS - len(NAMESPACE_PREFIX))
    if name in RESERVED_PROJECTS:
        raise Refusal("is reserved for the platform itself", "choose another name, such as team-" + name)
    return name


def workspace_name(value: object) -> str:
    """Accepts the name of a workspace, which is also its StatefulSet's name and part of its host name.

    Raises:
        Refusal: When it does not fit one of these.
    """
    name = part_of_host(value, STATEFUL_SET_CHARACTERS)
    if name in RESERVED_WORKSPACES:
        raise Refusal("is the name of a shared object of every project", f"choose another name, such as {name}-1")
    if len(name) == 2:
        # The host label would read `ab--project`: RFC 5890 reserves hyphens in positions 3 and 4 (`xn--`).
        what = "has two characters: its host name would hold -- where RFC 5890 reserves it (as in xn--)"
        raise Refusal(what, f"use one, or three and more characters, such as {name}1")
    return name


def dns_name(value: object) -> str:
    """Accepts a DNS name: labels joined by dots, at most 253 characters.

    Raises:
        Refusal: When it is something else, such as an address or a URL.
    """
    name = text(value)
    if "://" in name or "/" in name or ":" in name:
        raise Refusal("is a URL or holds a port", "write the bare name, such as slate.example.com")
    if re.fullmatch(r"[0-9.]+", name):
        raise Refusal("is an address, not a name", "write a DNS name, such as slate.example.com")
    if len(name) > HOST_CHARACTERS or not SUBDOMAIN.fullmatch(name):
        raise Refusal("is not a DNS name", _suggestion(name, HOST_CHARACTERS, "."))
    if any(len(label) > LABEL_CHARACTERS for label in name.split(".")):
        raise Refusal("has a label of more than 63 characters", "shorten the part between two dots")
    return name


def domain(value: object) -> str:
    """Accepts the domain of the workspaces' host names: a DNS name that leaves room for their first label.

    Raises:
        Refusal: When it is no DNS name or too long.
    """
    name = dns_name(value)
    if len(name) > DOMAIN_CHARACTERS:
        raise Refusal(f"has {len(name)} characters, too long for the host names below it", "choose a shorter domain")
    return name


def object_name(value: object) -> str:
    """Accepts the name of a Kubernetes object: lower-case letters, digits, hyphens and dots, at most 253.

    Raises:
        Refusal: When it is something else.
    """
    name = text(value)
    if len(name) > HOST_CHARACTERS or not SUBDOMAIN.fullmatch(name):
        raise Refusal("is not a Kubernetes object name", _suggestion(name, HOST_CHARACTERS, "."))
    return name


_LABEL_WORDS = "lower-case letters, digits and single hyphens inside"
PoolName = Annotated[
    str,
    Rule(
        lambda value: dns_label(value, POOL_CHARACTERS),
        "DNS label",
        f"a DNS label of at most {POOL_CHARACTERS} characters: lower-case letters, digits, hyphens inside",
        {"type": "string", "pattern": _LABEL_PATTERN, "maxLength": POOL_CHARACTERS},
    ),
]
DnsLabel = Annotated[
    str,
    Rule(
        dns_label,
        "DNS label",
        "a DNS label of at most 63 characters: lower-case letters, digits, hyphens inside",
        {"type": "string", "pattern": _LABEL_PATTERN, "maxLength": LABEL_CHARACTERS},
    ),
]
ProjectName = Annotated[
    str,
    Rule(
        project_name,
        "DNS label",
        f"{_LABEL_WORDS}, at most 60 characters; not {' or '.join(RESERVED_PROJECTS)}",
        {"type": "string", "pattern": _LABEL_PATTERN, "maxLength": LABEL_CHARACTERS - len(NAMESPACE_PREFIX)},
    ),
]
WorkspaceName = Annotated[
    str,
    Rule(
        workspace_name,
        "DNS label",
        f"{_LABEL_WORDS}, 1 or 3 to {STATEFUL_SET_CHARACTERS} characters; not {' or '.join(RESERVED_WORKSPACES)}",
        {"type": "string", "pattern": _LABEL_PATTERN, "maxLength": STATEFUL_SET_CHARACTERS},
    ),
]
Domain = Annotated[
    str,
    Rule(
        domain,
        "DNS name",
        f"a lower-case DNS name such as slate.example.com, at most {DOMAIN_CHARACTERS} characters, no scheme or port",
        {"type": "string", "maxLength": DOMAIN_CHARACTERS},
    ),
]
ObjectName = Annotated[
    str,
    Rule(
        object_name,
        "object name",
        "a Kubernetes object name: lower-case letters, digits, hyphens and dots, at most 253 characters",
        {"type": "string", "maxLength": HOST_CHARACTERS},
    ),
]


def _suggestion(name: str, most: int, keep: str = "") -> str:
    made = re.sub(rf"[^a-z0-9{keep}]+", "-", name.lower())
    made = re.sub(r"-*\.[-.]*", ".", made).strip("-.")[:most].rstrip("-.")
    return f"write {made}" if made else "write lower-case letters, digits and hyphens"
