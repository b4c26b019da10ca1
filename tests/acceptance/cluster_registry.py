"""The registry that Slate declares, put into a clone's cluster, and a client of it."""

import base64
import datetime
import hashlib
import http.client
import io
import ipaddress
import json
import ssl
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components import labels, restricted
from components.registry import ImageRegistryArgs, collection, server
from tools.debian_base import ensure
from tools.local.pushing import push_layout
from tools.local.registry_client import Registry
from tools.paths import BIN, SLATE

USER, PASSWORD = "builder", "correct horse"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def distribution_image(host: str) -> str:
    """An image of CNCF distribution, as its publishers make it: a small system with the program in /bin.

    Args:
        host: The registry that it is pushed to.
    """
    registry = Registry(host)
    below = push_layout(registry, "slate/distribution", ensure(SLATE, print).directory)
    manifest = json.loads(registry.manifest("slate/distribution", below.partition("@")[2])[0])
    found = io.BytesIO()
    registry.download("slate/distribution", manifest["config"]["digest"], found)
    configuration = json.loads(found.getvalue())
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.add((BIN / "registry").resolve(), "usr/bin/registry")
    described = _blob(registry, layer.getvalue(), "application/vnd.oci.image.layer.v1.tar")
    configuration["rootfs"]["diff_ids"].append(described["digest"])
    manifest["config"] = _blob(registry, json.dumps(configuration).encode(), manifest["config"]["mediaType"])
    manifest["layers"].append(described)
    digest = registry.put_manifest("slate/distribution", json.dumps(manifest).encode(), MANIFEST, "with-registry")
    return f"{host}/slate/distribution@{digest}"


def _blob(registry: Registry, content: bytes, media_type: str) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    registry.upload("slate/distribution", digest, content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def manifests(image: str, maintenance: str, machine: str, folder: Path) -> list[Mapping[str, Any]]:
    """Everything that the component declares, for clients on this machine.

    Args:
        image: Of CNCF distribution.
        maintenance: Of the platform's programs.
        machine: The machine's address, as pods see it.
        folder: Where the certificate is put, as `tls.crt`.
    """
    args = cast(
        ImageRegistryArgs,
        {
            "host": "registry.example.org:5000",
            "image": image,
            "maintenance_image": maintenance,
            "htpasswd": "unused",
            "pull_from": [f"{machine}/32"],
            "push_from": [f"{machine}/32"],
            "storage": "1Gi",
            "tls_secret": server.TLS_NAME,
        },
    )
    certificate, key = _certificate()
    (folder / "tls.crt").write_bytes(certificate)
    return [
        _secret(server.TLS_NAME, {"tls.crt": certificate, "tls.key": key}),
        _secret(server.ACCOUNTS_NAME, {"htpasswd": f"{USER}:{_hash(PASSWORD)}\n".encode()}),
        server.volume_claim(args),
        server.configuration(),
        server.mode(),
        server.network_policy(args),
        server.service(args),
        server.stateful_set(args, "1"),
        collection.service_account(),
        collection.role(),
        collection.role_binding(),
        collection.network_policy(),
        collection.cron_job(args, maintenance),
    ]


def _secret(name: str, data: Mapping[str, bytes]) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    metadata = restricted.metadata(name, server.COMPONENT)
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded}


def _hash(password: str) -> str:
    """A bcrypt hash, which Caddy can make."""
    caddy = str(Path(sys.executable).parent / "caddy")
    return subprocess.check_output(
        [caddy, "hash-password", "--bcrypt-cost", "5", "--plaintext", password], text=True
    ).strip()


def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("registry")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return certificate.public_bytes(serialization.Encoding.PEM), private


class Client:
    """A client of the registry, at the address of its pod."""

    def __init__(self, address: str, authority: Path, password: str = PASSWORD) -> None:
        self._address = str(ipaddress.ip_address(address))
        self._context = ssl.create_default_context(cafile=str(authority))
        self._context.check_hostname = False  # the pod's address is in no certificate; its signature is checked
        self._account = base64.b64encode(f"{USER}:{password}".encode()).decode()

    def ask(
        self, method: str, path: str, port: int, body: bytes = b"", media_type: str = "application/octet-stream"
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Returns status, headers and body of an answer."""
        headers = {"Authorization": f"Basic {self._account}", "Content-Type": media_type, "Accept": MANIFEST}
        connection = http.client.HTTPSConnection(self._address, port, context=self._context, timeout=120)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def upload(self, content: bytes, port: int = labels.PORT_REGISTRY_PUSH) -> tuple[int, str]:
        """Uploads a blob; returns the last status and the blob's digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        status, headers, _ = self.ask("POST", "/v2/try/blobs/uploads/", port)
        if status != http.HTTPStatus.ACCEPTED:
            return status, digest
        place = headers["Location"]
        return self.ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", port, content)[0], digest

    def push(self, content: bytes) -> tuple[str, str]:
        """Pushes an image of one layer under the tag `one`; returns the digests of its layer and its manifest."""
        layer, configuration = self.upload(content), self.upload(b"{}")
        assert (layer[0], configuration[0]) == (201, 201)
        kind = "application/vnd.oci.image"
        value = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": f"{kind}.config.v1+json", "digest": configuration[1], "size": 2},
            "layers": [{"mediaType": f"{kind}.layer.v1.tar", "digest": layer[1], "size": len(content)}],
        }
        body = json.dumps(value).encode()
        status, headers, said = self.ask("PUT", "/v2/try/manifests/one", labels.PORT_REGISTRY_PUSH, body, MANIFEST)
        assert status == http.HTTPStatus.CREATED, said
        return layer[1], headers["Docker-Content-Digest"]
