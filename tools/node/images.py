"""Images of one static program each, which the node brings itself: pause and CoreDNS. Reproducible OCI archives."""

import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass
from pathlib import Path

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# A name that can be pulled from nowhere (RFC 2606): the node has these images, or none has.
_HOST = "slate.invalid"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIGURATION = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class OwnImage:
    """An image of one program.

    Attributes:
        reference: Its name; the tag is made from the program's content.
        archive: Where the archive lies.
    """

    reference: str
    archive: Path


def build(program: Path, folder: Path) -> OwnImage:
    """Packs a static program as an image whose entry point it is; does nothing if that is there.

    Args:
        program: The program's file.
        folder: Where the archive goes.
    """
    content = program.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    name = program.name
    image = OwnImage(f"{_HOST}/{name}:{digest[:20]}", folder / f"{name}-{digest[:20]}.tar")
    if not image.archive.exists():
        temporary = image.archive.with_suffix(".tmp")
        _write(temporary, name, content, image.reference)
        temporary.replace(image.archive)
        for old in folder.glob(f"{name}-*.tar"):
            if old != image.archive:
                old.unlink()
    return image


def _write(path: Path, name: str, content: bytes, reference: str) -> None:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        _add(archive, name, content, 0o755)
    blobs: dict[str, bytes] = {}

    def blob(data: bytes, media_type: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    described_layer = blob(layer.getvalue(), _LAYER)
    configuration = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": [f"/{name}"]},
        "rootfs": {"type": "layers", "diff_ids": [described_layer["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": blob(json.dumps(configuration).encode(), _CONFIGURATION),
        "layers": [described_layer],
    }
    described = blob(json.dumps(manifest).encode(), _MANIFEST)
    described["annotations"] = {"io.containerd.image.name": reference}
    index = {"schemaVersion": 2, "manifests": [described]}
    with tarfile.open(path, mode="w") as archive:
        _add(archive, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        _add(archive, "index.json", json.dumps(index).encode())
        for digest, data in blobs.items():
            _add(archive, f"blobs/sha256/{digest}", data)


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
