"""An OCI image layout with one image of one layer (https://github.com/opencontainers/image-spec)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.debian_base.layer import Layer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIGURATION = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def write_image(directory: Path, layer: Layer, architecture: str, created: int, labels: Mapping[str, str]) -> str:
    """Write the files of an image layout around a layer, which is moved into it.

    Args:
        directory: the layout's folder.
        layer: the layer.
        architecture: as Go names it: amd64, arm64.
        created: what the image says of its time, in seconds since 1970.
        labels: of the image.

    Returns:
        The digest of the manifest, `sha256:...`.
    """
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    layer.path.replace(blobs / layer.digest)
    time = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    configuration = {
        "architecture": architecture,
        "os": "linux",
        "created": time,
        "config": {"Env": [_PATH, "LANG=C.UTF-8"], "Cmd": ["bash"], "Labels": dict(sorted(labels.items()))},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff_id}"]},
        "history": [{"created": time, "created_by": "python -m tools.debian_base build"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _blob(blobs, _CONFIGURATION, configuration),
        "layers": [{"mediaType": _LAYER, "digest": f"sha256:{layer.digest}", "size": layer.size}],
    }
    described = _blob(blobs, MANIFEST, manifest)
    index = {"schemaVersion": 2, "manifests": [described]}
    (directory / "index.json").write_text(json.dumps(index) + "\n", encoding="utf-8")
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n', encoding="utf-8")
    return str(described["digest"])


def _blob(blobs: Path, media_type: str, content: Mapping[str, Any]) -> dict[str, Any]:
    data = json.dumps(content, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}
