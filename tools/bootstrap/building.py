"""Whether container images can be built on this machine without a Docker engine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

_NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "true")


def why_not(environ: Mapping[str, str]) -> str | None:
    """Return what keeps our own builder from working here, or None if nothing does."""
    if not sys.platform.startswith("linux"):
        return "needs Linux, or a builder of your own (images.builderName)"
    if os.geteuid() != 0:
        return "needs root, or a builder of your own (images.builderName)"
    if shutil.which("unshare", path=environ.get("PATH")) is None:
        return "needs the program unshare (package util-linux)"
    answer = subprocess.run(_NAMESPACES, env=dict(environ), capture_output=True, text=True, check=False, timeout=20)
    if answer.returncode:
        said = answer.stderr.strip().splitlines()
        return f"needs the right to make namespaces (CAP_SYS_ADMIN): {said[-1] if said else 'unshare failed'}"
    return None
