"""Root file systems out of images in an OCI layout or a plain-http registry, unpacked layer by layer."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

ACCEPT = ", ".join(
    f"application/vnd.{kind}"
    for kind in (
        "oci.image.index.v1+json",
        "oci.image.manifest.v1+json",
        "docker.distribution.manifest.list.v2+json",
        "docker.distribution.manifest.v2+json",
    )
)


@dataclass(frozen=True)
class Image:
    """An image's parts.

    Attributes:
        digest: Of its manifest.
        configuration: The image configuration (what `docker inspect` shows).
        layers: Uncompressed layer archives, lowest first, read when asked for.
    """

    digest: str
    configuration: dict[str, Any]
    layers: tuple[Callable[[], bytes], ...]

    @property
    def settings(self) -> dict[str, Any]:
        """User, environment, entry point and so on."""
        return self.configuration.get("config", {})


def _uncompressed(blob: bytes) -> bytes:
    if blob[:2] == b"\x1f\x8b":
        return gzip.decompress(blob)
    if blob[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(blob)).read()
    return blob


def _image(digest: str, fetch: Callable[[str], bytes], architecture: str = "amd64") -> Image:
    """Follow an index (attestations lie beside the image in one) to the manifest of a platform."""

    def checked(wanted: str) -> bytes:
        content = fetch(wanted)
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == wanted, f"{wanted} has other content"
        return content

    manifest = json.loads(checked(digest))
    if "manifests" in manifest:
        inner = next(item for item in manifest["manifests"] if item["platform"]["architecture"] == architecture)
        digest = inner["digest"]
        manifest = json.loads(checked(digest))
    configuration = json.loads(checked(manifest["config"]["digest"]))
    layers = tuple((lambda wanted=layer["digest"]: _uncompressed(checked(wanted))) for layer in manifest["layers"])
    return Image(digest, configuration, layers)


def from_registry(reference: str) -> Image:
    """An image by `host:port/name@sha256:…` from a registry that speaks plain http."""
    name, digest = reference.split("@")
    host, repository = name.split("/", 1)
    repository = repository.rsplit(":", 1)[0]

    def fetch(wanted: str) -> bytes:
        error: Exception | None = None
        for kind in ("manifests", "blobs"):
            request = urllib.request.Request(
                f"http://{host}/v2/{repository}/{kind}/{wanted}", headers={"Accept": ACCEPT}
            )
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - plain http on loopback
                    return answer.read()
            except urllib.error.HTTPError as problem:
                problem.close()
                error = problem
        raise AssertionError(f"{reference}: {wanted} is not in the registry: {error}")

    return _image(digest, fetch)


def from_layout(folder: Path) -> Image:
    """An image from an OCI layout (what a build exports)."""
    index = json.loads((folder / "index.json").read_text())
    return _image(
        index["manifests"][0]["digest"], lambda digest: (folder / "blobs" / digest.replace(":", "/")).read_bytes()
    )


def entries(layer: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """The entries of a layer, with the content of files."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            yield entry, file.read() if file else b""


def unpack(image: Image, folder: Path) -> Path:
    """Unpack all layers, with owners, modes and whiteouts; needs root."""
    folder.mkdir(parents=True)
    for layer in image.layers:
        with tarfile.open(fileobj=io.BytesIO(layer())) as archive:
            for entry in archive:
                target = folder / entry.name
                name = target.name
                if name == ".wh..wh..opq":
                    shutil.rmtree(target.parent, ignore_errors=True)
                    target.parent.mkdir(parents=True, exist_ok=True)
                elif name.startswith(".wh."):
                    gone = target.with_name(name[len(".wh.") :])
                    if gone.is_dir() and not gone.is_symlink():
                        shutil.rmtree(gone)
                    else:
                        gone.unlink(missing_ok=True)
                else:
                    if not entry.isdir() and (target.is_symlink() or target.exists()):
                        target.unlink()
                    archive.extract(entry, folder, numeric_owner=True, filter="fully_trusted")
    return folder
