"""Lets Pulumi start the policy pack itself, without its language host in between.

The language host would stand between the engine and the pack for good, and decode and encode every question and answer
once more (docs/decisions/0021-the-pack-is-asked-directly.md).
"""

import os
import secrets
from pathlib import Path

RUNTIME = "slate"
"""As in policies/direct/PulumiPolicy.yaml."""
_FOLDER = f"analyzer-policy-{RUNTIME}-v0.1.0"
_PROGRAM = f"pulumi-analyzer-policy-{RUNTIME}"
# Pulumi runs it in the folder of the file that names the runtime.
_SCRIPT = """#!/bin/sh
exec ../../.slate/venv/bin/python -u ..
"""


def install_launcher(pulumi_home: Path) -> Path:
    """Make sure that the launcher lies where Pulumi looks for plugins; return its path.

    Safe to call from several processes at once.
    """
    path = pulumi_home / "plugins" / _FOLDER / _PROGRAM
    if not (path.is_file() and path.read_text(encoding="utf-8") == _SCRIPT and os.access(path, os.X_OK)):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        temporary.write_text(_SCRIPT, encoding="utf-8")
        temporary.chmod(0o755)
        temporary.replace(path)
    return path
