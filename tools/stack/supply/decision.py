"""Whether this machine builds a stack's images, and with what."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from settings import Settings
from tools.bootstrap.building import why_not
from tools.debian_base import DebianError, rootfs, sources

VARIABLE = "SLATE_IMAGES"
OFF = ("0", "false", "no", "off")
_ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Decision:
    """What happens to the images.

    Attributes:
        build: Whether they are built.
        why_not: If not, why: the rest of a sentence that begins with "images are not built: ".
        own_builder: Whether our own BuildKit builds them, and not a builder of the user's.
    """

    build: bool
    why_not: str = ""
    own_builder: bool = False


def decide(settings: Settings, environ: Mapping[str, str] | None = None) -> Decision:
    """Return what happens to the images of a stack whose settings ask for them to be built."""
    environ = os.environ if environ is None else environ
    if environ.get(VARIABLE, "").strip().lower() in OFF:
        return Decision(False, "IMAGES=0")
    if settings.images.builder == "docker":
        if not _engine_answers(environ):
            return Decision(False, "no Docker engine answers, which images.builder: docker asks for")
        decision = Decision(True)
    elif settings.images.builder_name:
        decision = Decision(True)
    else:
        problem = why_not(environ)
        if problem:
            return Decision(False, problem)
        decision = Decision(True, own_builder=True)
    problem = None if settings.images.debian else _no_base(environ)
    return Decision(False, problem) if problem else decision


def _no_base(environ: Mapping[str, str]) -> str | None:
    try:
        rootfs.check_machine(environ)
        sources.find(environ)
    except DebianError as error:
        return str(error).rstrip(".")
    return None


def _engine_answers(environ: Mapping[str, str]) -> bool:
    if shutil.which("docker", path=environ.get("PATH")) is None:
        return False
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        answer = subprocess.run(command, env=dict(environ), capture_output=True, check=False, timeout=_ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
