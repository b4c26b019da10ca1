"""Copies an image from any registry into the local one, since the builder reaches no other."""

import json
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.local.errors import LocalError
from tools.local.registry_client import Reference, Registry

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def copy_image(source: Reference, target: Registry, repository: str, report: Callable[[str], None] = print) -> str:
    """Copies an image; only what the target does not have is transferred, and nothing is asked for a second time.

    Of an image for several platforms only this machine's is copied, and its digest is that of the result.

    Args:
        source: The image by digest.
        target: The local registry.
        repository: Its name there.
        report: Takes a line about what is copied.

    Returns:
        The reference by digest in the target.

    Raises:
        LocalError: It cannot be had, or is not for this machine.
    """
    tag = f"from-{source.digest.removeprefix('sha256:')[:40]}"
    known = target.digest_of(repository, tag)
    if known:
        return f"{target.host}/{repository}@{known}"
    origin = Registry(source.host)
    content, media_type = origin.manifest(source.repository, source.digest)
    manifest = json.loads(content)
    if "manifests" in manifest:
        chosen = _for_this_machine(manifest["manifests"], source)
        content, media_type = origin.manifest(source.repository, chosen)
        manifest = json.loads(content)
    parts = [part for part in (manifest["config"], *manifest["layers"]) if not target.has(repository, part["digest"])]
    report(f"copying {source}, {sum(part['size'] for part in parts) / 1e6:.0f} MB")
    for part in parts:
        with tempfile.NamedTemporaryFile() as file:
            origin.download(source.repository, part["digest"], file)
            file.flush()
            target.upload(repository, part["digest"], Path(file.name))
    digest = target.put_manifest(repository, content, media_type)
    target.put_manifest(repository, content, media_type, tag)
    return f"{target.host}/{repository}@{digest}"


def _for_this_machine(manifests: list[dict[str, Any]], source: Reference) -> str:
    wanted = _ARCHITECTURES.get(platform.machine(), platform.machine())
    for entry in manifests:
        described = entry.get("platform") or {}
        if described.get("os") == "linux" and described.get("architecture") == wanted:
            return str(entry["digest"])
    raise LocalError(f"{source} has no image for linux/{wanted}.")
