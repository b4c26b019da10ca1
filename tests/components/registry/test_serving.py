"""The registry's own program with our configuration: who may do what, and what a collection takes."""

import base64
import datetime
import hashlib
import http.client
import ipaddress
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from components.registry import configuration
from tests.conftest import binaries

pytestmark = pytest.mark.images

ACCOUNT = ("puller", "pull-password-of-the-tests")
HTPASSWD = "puller:$2b$05$abcdefghijklmnopqrstuuwUBtwv8Zn7/SqtyoWxxRStyeRJYJcmC\n"
OCI = "application/vnd.oci.image"
SECONDS = 30  # so that a registry that does not come up does not hang the tests


class Site:
    """A volume, accounts, a certificate, and free ports in place of those of the pod."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.ports = {number: _free_port() for number in (5000, 5001, 5010, 5011)}
        (folder / "data").mkdir()
        (folder / "htpasswd").write_text(HTPASSWD)
        _certificate(folder)
        places = {
            configuration.DATA: folder / "data",
            configuration.ACCOUNTS: folder,
            configuration.CERTIFICATE: folder,
        }
        for name, text in configuration.files().items():
            for path, own in places.items():
                text = text.replace(path, str(own))  # noqa: PLW2901 - one place after the other
            for number, port in self.ports.items():
                text = text.replace(f"addr: :{number}", f"addr: 127.0.0.1:{port}")  # noqa: PLW2901
            (folder / name).write_text(text)

    def serve(self, file: str, port: int) -> "subprocess.Popen[bytes]":
        command = [str(binaries() / "registry"), "serve", str(self.folder / file)]
        log = (self.folder / f"{file}.log").open("wb")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env={"OTEL_TRACES_EXPORTER": "none"})
        self.processes.append(process)
        deadline = time.monotonic() + SECONDS
        while not _answers(self.ports[port]):
            assert process.poll() is None, (self.folder / f"{file}.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return process

    def collect(self) -> str:
        """What the collection's step runs."""
        command = [
            str(binaries() / "registry"),
            "garbage-collect",
            "--delete-untagged",
            str(self.folder / "collect.yml"),
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout

    def ask(self, port: int, method: str, path: str, body: bytes = b"", *, kind: str = "", account: bool = True) -> Any:
        """One request; the answer's status, headers and content."""
        headers = {
            "Content-Type": kind or "application/octet-stream",
            "Accept": f"{OCI}.manifest.v1+json, {OCI}.index.v1+json",
        }
        if account:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(ACCOUNT).encode()).decode()
        context = ssl.create_default_context(cafile=str(self.folder / "tls.crt"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.ports[port], timeout=SECONDS, context=context)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def push_blob(self, content: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        status, headers, _ = self.ask(5001, "POST", "/v2/slate/default/blobs/uploads/")
        assert status == 202
        place = headers["Location"]
        status, _, _ = self.ask(5001, "PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", content)
        assert status == 201
        return {"mediaType": "application/octet-stream", "digest": digest, "size": len(content)}

    def push(self, reference: str, content: bytes) -> dict[str, Any]:
        """An image of one layer under a tag, or by digest if none is given."""
        layer, own = self.push_blob(content), self.push_blob(b"{}")
        manifest = {"schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "config": own, "layers": [layer]}
        return self.push_manifest(reference, manifest)

    def push_manifest(self, reference: str, manifest: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(manifest).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        path = f"/v2/slate/default/manifests/{reference or digest}"
        status, _, answer = self.ask(5001, "PUT", path, body, kind=manifest["mediaType"])
        assert status == 201, answer
        return {"mediaType": manifest["mediaType"], "digest": digest, "size": len(body)}

    def has(self, digest: str, kind: str = "manifests") -> bool:
        status, _, _ = self.ask(5000, "GET", f"/v2/slate/default/{kind}/{digest}")
        return status == 200


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    made = Site(tmp_path)
    try:
        yield made
    finally:
        for process in made.processes:
            process.terminate()
            process.wait(SECONDS)


def test_what_is_pushed_at_one_port_is_pulled_at_the_other_which_takes_no_pushes(site):
    site.serve("pull.yml", 5000)
    site.serve("push-writable.yml", 5001)

    image = site.push("tag", b"layer")

    assert site.has(image["digest"])
    assert site.has("tag")
    status, _, _ = site.ask(5000, "POST", "/v2/slate/default/blobs/uploads/")
    assert status == 405


def test_nobody_gets_in_without_an_account(site):
    site.serve("pull.yml", 5000)

    assert site.ask(5000, "GET", "/v2/", account=False)[0] == 401
    assert site.ask(5000, "GET", "/v2/")[0] == 200


def test_metrics_answer_without_tls_or_account(site):
    site.serve("pull.yml", 5000)

    connection = http.client.HTTPConnection("127.0.0.1", site.ports[5010], timeout=SECONDS)
    connection.request("GET", "/metrics")
    assert b"registry_" in connection.getresponse().read()
    connection.close()


def test_a_collection_takes_what_was_displaced_and_leaves_everything_that_is_used(site):
    site.serve("pull.yml", 5000)
    writer = site.serve("push-writable.yml", 5001)
    displaced = site.push("tag", b"old layer")
    kept = site.push("tag", b"new layer")
    inside = site.push("", b"layer of one platform")
    index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [inside]}
    listed = site.push_manifest("many", index)
    given_up = site.push_blob(b"no image ever named this")
    writer.terminate()
    writer.wait(SECONDS)
    site.serve("push-read-only.yml", 5001)
    assert site.ask(5001, "POST", "/v2/slate/default/blobs/uploads/")[0] == 405  # read-only while it collects

    site.collect()

    assert site.has("tag")
    assert all(site.has(image["digest"]) for image in (kept, inside, listed))
    assert not site.has(displaced["digest"])
    assert not site.has(given_up["digest"], "blobs")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.key").write_bytes(key.private_bytes(*form))
