"""Reads go.mod files: they are the one place where versions of Go modules are written down."""

import re
from functools import cache
from pathlib import Path

from tools.bootstrap.errors import BootstrapError

_REQUIREMENT = re.compile(r"^\s*(?:require\s+)?([\w./~-]+\.[\w./~-]+)\s+(v\S+)", re.MULTILINE)
_GO = re.compile(r"^go\s+(\S+)", re.MULTILINE)


@cache
def _read(directory: Path) -> str:
    path = directory / "go.mod"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BootstrapError(f"{path} cannot be read ({error.strerror}): is this a complete clone?") from error


def module_version(directory: Path, module: str) -> str:
    """Return the version of a module that a go.mod requires, without the leading `v`.

    Raises:
        BootstrapError: the go.mod does not require the module.
    """
    for name, version in _REQUIREMENT.findall(_read(directory)):
        if name == module:
            return version.removeprefix("v")
    raise BootstrapError(f"{directory / 'go.mod'} does not require {module}")


def go_version(directory: Path) -> str:
    """Return the oldest Go version that a go.mod accepts."""
    match = _GO.search(_read(directory))
    if match is None:
        raise BootstrapError(f"{directory / 'go.mod'} has no line 'go <version>'")
    return match[1]
