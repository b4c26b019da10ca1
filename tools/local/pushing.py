"""Pushes an OCI image layout into a registry."""

import json
from pathlib import Path

from tools.local.registry_client import Registry


def push_layout(registry: Registry, repository: str, directory: Path, tag: str = "") -> str:
    """Pushes the one image of an OCI image layout; returns the reference by digest.

    Raises:
        LocalError: The registry refused it.
    """
    index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
    digest = str(index["manifests"][0]["digest"])
    content = _blob(directory, digest).read_bytes()
    if not registry.has(repository, digest, manifest=True):
        manifest = json.loads(content)
        for part in (manifest["config"], *manifest["layers"]):
            if not registry.has(repository, part["digest"]):
                registry.upload(repository, part["digest"], _blob(directory, part["digest"]))
        registry.put_manifest(repository, content, manifest["mediaType"])
    if tag:
        registry.put_manifest(repository, content, json.loads(content)["mediaType"], tag)
    return f"{registry.host}/{repository}@{digest}"


def _blob(directory: Path, digest: str) -> Path:
    return directory / "blobs" / digest.replace(":", "/")
