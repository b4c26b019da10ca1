import datetime
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from settings import load
from tools.bench import measure, real_workspaces
from tools.bench.real_workspaces import Door
from tools.paths import ROOT

HOST = "one--bench.slate.localhost"


class Site(http.server.BaseHTTPRequestHandler):
    """Answers the token that it was asked with; closes every connection after `/last`."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str]]

    def do_GET(self):
        self.asked.append((self.path, self.headers["Host"]))
        body = self.headers["Authorization"].encode()
        self.send_response(200 if self.path == "/lab" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/last"

    def log_message(self, *_: object) -> None:
        pass


class Asked(Door):
    """A door whose site tells what it was asked for."""

    asked: list[tuple[str, str]]


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Asked]:
    files = certificate(tmp_path, HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, files))
    site = type("OneSite", (Site,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), site)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made = Asked(HOST, server.server_port, files[0], "the-token")
    made.asked = site.asked
    yield made
    made.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_door_is_asked_by_the_host_name_and_with_the_token(door: Asked):
    assert door.get("/lab") == (200, b"token the-token")
    assert door.asked == [("/lab", f"{HOST}:{door.port}")]
    assert door.usable()


def test_a_page_that_is_an_error_is_not_usable(door: Asked):
    assert door.get("/elsewhere")[0] == 404


def test_a_connection_that_broke_is_no_answer_and_then_replaced(door: Asked):
    door.get("/last")

    with pytest.raises(OSError, match=f"{HOST} gives no answer"):
        door.get("/lab")
    assert door.get("/lab")[0] == 200


def test_a_certificate_for_another_host_is_refused(door: Asked):
    door.host = "two--bench.slate.localhost"

    with pytest.raises(ssl.SSLCertVerificationError):
        door.get("/lab")
    assert not door.usable()
    assert door.asked == []


def test_the_stack_has_the_workspaces_on_one_pool_without_accelerator():
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())

    made = real_workspaces.stack(document, ["one", "two"])

    values = {key.removeprefix("slate:"): value for key, value in made["config"].items()}
    (project,) = load(values, source="benchmark").fleet()
    assert [(space.name, space.pool, space.state) for space in project.workspaces] == [
        ("one", "cpu", "awake"),
        ("two", "cpu", "awake"),
    ]
    assert project.namespace == real_workspaces.NAMESPACE
    assert [pool["name"] for pool in values["nodePools"]] == ["cpu"]


def test_waiting_ends_and_says_for_what():
    with pytest.raises(measure.MeasureError, match="waited 0 s in vain for the moon"):
        real_workspaces.wait(lambda: False, "the moon", limit=0)
