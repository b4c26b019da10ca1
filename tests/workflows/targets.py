"""The make targets that workflow files name."""

import re
from collections.abc import Iterable

from tools.paths import ROOT


def named(scripts: Iterable[str]) -> set[str]:
    """The targets that scripts make."""
    return {target for script in scripts for target in re.findall(r"\bmake ([a-z-]+)", script)}


def known() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
