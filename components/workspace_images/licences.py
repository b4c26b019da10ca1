"""Licences of an image's packages, read from its software bill of materials (CycloneDX)."""

import json
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase as fnmatch
from typing import Any

_WORD = re.compile(r"[A-Za-z0-9.+-]+")


def refused(bill: bytes, denied: Sequence[str]) -> list[str]:
    """The packages of a bill whose licence is denied, as `name version (licence)`.

    Args:
        bill: CycloneDX document, JSON.
        denied: SPDX identifiers; `AGPL-*` and the like are understood. An expression counts if any part of it is
            denied, alternatives (`OR`) included, as which alternative was meant is not in the bill.
    """
    if not denied:
        return []
    found = []
    patterns = [licence.lower() for licence in denied]
    for component in json.loads(bill).get("components") or ():
        for licence in _licences(component):
            if any(fnmatch(word.lower(), pattern) for word in _WORD.findall(licence) for pattern in patterns):
                found.append(f"{component.get('name')} {component.get('version')} ({licence})")
                break
    return sorted(found)


def _licences(component: dict[str, Any]) -> Iterator[str]:
    for choice in component.get("licenses") or ():
        licence = choice.get("license") or {}
        yield from (str(text) for text in (choice.get("expression"), licence.get("id"), licence.get("name")) if text)
