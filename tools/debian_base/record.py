"""What is in the base image: every package with its version and the sha256 of the file that it came from."""

import re
from pathlib import Path

Package = dict[str, str]
_FIELDS = {"Package": "name", "Version": "version", "Architecture": "architecture", "SHA256": "sha256"}


def read_packages(path: Path) -> list[Package]:
    """Read entries of apt's package lists (`apt-cache show`), one package a stanza, in the order of their names."""
    found = {}
    for stanza in re.split(r"\n\s*\n", path.read_text(encoding="utf-8", errors="replace")):
        package: Package = {}
        for line in stanza.splitlines():
            name, _, value = line.partition(": ")
            if name in _FIELDS:
                package[_FIELDS[name]] = value.strip()
        if "name" in package:
            found[package["name"]] = package
    return [found[name] for name in sorted(found)]
