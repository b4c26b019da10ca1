"""Against a real registry, where one is needed."""

import hashlib
import http.server
import json
import platform
import threading

import pytest

from tools.local import LocalError
from tools.local.copying import copy_image
from tools.local.pushing import push_layout
from tools.local.registry_client import Reference, Registry

DIGEST = "sha256:" + "a" * 64
OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.mark.parametrize(
    ("text", "host", "repository"),
    [
        ("127.0.0.1:5000/slate/debian", "127.0.0.1:5000", "slate/debian"),
        ("quay.io/org/name:tag", "quay.io", "org/name"),
        ("debian", "docker.io", "library/debian"),
        ("org/name", "docker.io", "org/name"),
        ("localhost/name", "localhost", "name"),
    ],
)
def test_references_are_read_as_docker_reads_them(text, host, repository):
    parsed = Reference.parse(f"{text}@{DIGEST}")

    assert (parsed.host, parsed.repository, parsed.digest) == (host, repository, DIGEST)


@pytest.mark.parametrize("text", ["debian", "debian:12", "debian@sha256:abc", f"debian@md5:{'a' * 64}", ""])
def test_a_reference_without_a_digest_is_refused(text):
    with pytest.raises(LocalError, match="does not name an image by digest"):
        Reference.parse(text)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def layout(directory, content: bytes = b"layer"):
    """An OCI image layout with one small image."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    parts = [b"{}", content]
    described = [{"mediaType": "x", "digest": digest_of(part), "size": len(part)} for part in parts]
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI, "config": described[0], "layers": described[1:]}
    ).encode()
    for part in (*parts, manifest):
        (blobs / hashlib.sha256(part).hexdigest()).write_bytes(part)
    (directory / "index.json").write_text(json.dumps({"manifests": [{"digest": digest_of(manifest)}]}))
    return directory


class Origin:
    """A public registry: asks for a token, and counts what is asked."""

    def __init__(self) -> None:
        self.content: dict[str, tuple[bytes, str]] = {}
        self.asked: list[str] = []
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                origin.asked.append(self.path)
                content, kind = origin.content.get(self.path, (b"", ""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()

    def publish(self, content: bytes = b"layer", *, cut: bool = False) -> str:
        """Publish an image for two platforms; returns the digest of the index."""
        config = b"{}"
        parts = [{"mediaType": "x", "digest": digest_of(part), "size": len(part)} for part in (config, content)]
        manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI, "config": parts[0], "layers": parts[1:]}).encode()
        here = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
        entries = [
            {"digest": digest_of(b"other"), "platform": {"os": "linux", "architecture": "s390x"}},
            {"digest": digest_of(manifest), "platform": {"os": "linux", "architecture": here}},
        ]
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        for kind, body in ((OCI, manifest), (INDEX, index)):
            self.content[f"/v2/org/base/manifests/{digest_of(body)}"] = body, kind
        for body in (config, content):
            sent = body[:-1] if cut and body == content else body
            self.content[f"/v2/org/base/blobs/{digest_of(body)}"] = sent, "application/octet-stream"
        return digest_of(index)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture
def registry(own):
    return Registry(own.up({"registry"}, report=lambda _: None).registry)


@pytest.mark.images
def test_an_image_is_pushed_once_and_found_by_digest_and_tag(registry, tmp_path):
    image = layout(tmp_path / "image")

    first = push_layout(registry, "slate/debian", image, tag="bookworm")
    second = push_layout(registry, "slate/debian", image)

    digest = first.rpartition("@")[2]
    content, kind = registry.manifest("slate/debian", digest)
    assert first == second
    assert (digest_of(content), kind) == (digest, OCI)
    assert registry.digest_of("slate/debian", "bookworm") == digest
    assert registry.has("slate/debian", digest_of(b"layer"))
    assert not registry.has("slate/debian", DIGEST)


@pytest.mark.images
def test_an_image_is_copied_for_this_machine_and_asked_for_only_once(registry, origin):
    source = Reference(origin.host, "org/base", origin.publish())
    said: list[str] = []

    first = copy_image(source, registry, "slate/debian", said.append)
    asked = len(origin.asked)
    second = copy_image(source, registry, "slate/debian", said.append)

    host, _, digest = first.partition("/slate/debian@")
    manifest = json.loads(registry.manifest("slate/debian", digest)[0])
    assert host == registry.host
    assert registry.has("slate/debian", manifest["layers"][0]["digest"])
    assert first == second
    assert len(origin.asked) == asked
    assert len(said) == 1


@pytest.mark.images
def test_a_layer_that_is_cut_short_is_refused(registry, origin):
    source = Reference(origin.host, "org/base", origin.publish(cut=True))

    with pytest.raises(LocalError, match="was refused: its content has another digest"):
        copy_image(source, registry, "slate/debian", lambda _: None)

    assert registry.digest_of("slate/debian", f"from-{source.digest[7:47]}") is None


@pytest.mark.images
def test_an_image_for_other_machines_only_is_refused(registry, origin):
    entries = [{"digest": DIGEST, "platform": {"os": "linux", "architecture": "s390x"}}]
    index = json.dumps({"mediaType": INDEX, "manifests": entries}).encode()
    origin.content[f"/v2/org/base/manifests/{digest_of(index)}"] = index, INDEX

    with pytest.raises(LocalError, match="has no image for linux/"):
        copy_image(Reference(origin.host, "org/base", digest_of(index)), registry, "slate/debian", lambda _: None)


def test_a_manifest_with_another_digest_is_refused(origin):
    origin.content[f"/v2/org/base/manifests/{DIGEST}"] = b"{}", OCI

    with pytest.raises(LocalError, match="the manifest has another digest"):
        Registry(origin.host).manifest("org/base", DIGEST)


def test_a_registry_that_does_not_answer_is_named():
    registry = Registry("127.0.0.1:9", timeout=5)

    assert not registry.answers()
    with pytest.raises(LocalError, match=r"127\.0\.0\.1:9 does not answer"):
        registry.manifest("org/base", DIGEST)
