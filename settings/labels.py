"""Kubernetes label keys and values."""

import re
from typing import Annotated

from settings.base import Rule, text
from settings.errors import Refusal
from settings.names import HOST_CHARACTERS, LABEL_CHARACTERS, SUBDOMAIN

_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def label_value(value: object) -> str:
    """Accepts a non-empty Kubernetes label value.

    Raises:
        Refusal: When it is something else.
    """
    name = text(value)
    if len(name) > LABEL_CHARACTERS:
        raise Refusal(f"has {len(name)} characters, more than 63", "shorten it to 63 characters or fewer")
    if not _LABEL_VALUE.fullmatch(name):
        made = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")
        raise Refusal("is not a Kubernetes label value", f"write {made}" if made else "write letters and digits")
    return name


def label_key(value: object) -> str:
    """Accepts a Kubernetes label key: an optional DNS name and a slash, then up to 63 characters.

    Raises:
        Refusal: When it is something else.
    """
    key = text(value)
    prefix, slash, name = key.rpartition("/")
    prefix_fits = not slash or (len(prefix) <= HOST_CHARACTERS and SUBDOMAIN.fullmatch(prefix))
    if not prefix_fits or len(name) > LABEL_CHARACTERS or not _LABEL_VALUE.fullmatch(name):
        raise Refusal("is not a Kubernetes label key", "write a key such as team or example.com/team")
    return key


def own_label_key(value: object) -> str:
    """Accepts a label key outside the domains that Slate and Kubernetes set themselves.

    Raises:
        Refusal: When it is no label key or lies in slate.dev or kubernetes.io.
    """
    key = label_key(value)
    domain = key.rpartition("/")[0]
    if any(domain == own or domain.endswith(f".{own}") for own in ("slate.dev", "kubernetes.io", "k8s.io")):
        raise Refusal(f"lies in the domain {domain}, whose labels are set for you", "use a domain of your own")
    return key


LabelValue = Annotated[
    str,
    Rule(
        label_value,
        "label value",
        "letters, digits, '-', '_' and '.', a letter or digit at both ends, at most 63 characters",
        {"type": "string", "maxLength": LABEL_CHARACTERS, "minLength": 1},
    ),
]
LabelKey = Annotated[
    str, Rule(label_key, "label key", "a Kubernetes label key such as team or example.com/team", {"type": "string"})
]
OwnLabelKey = Annotated[
    str,
    Rule(
        own_label_key,
        "label key",
        "a Kubernetes label key such as team or example.com/team; not in slate.dev or kubernetes.io",
        {"type": "string"},
    ),
]
