"""The REST client against a server of this process."""

import datetime
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.cluster import pki
from tools.offline.kubernetes_provider.provider.client import Client
from tools.offline.kubernetes_provider.provider.errors import ApiError, NoSuchKindError, UnreachableError
from tools.offline.kubernetes_provider.provider.kubeconfig import Access

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": "n"}}
RESOURCES = [
    {"name": "configmaps", "kind": "ConfigMap", "namespaced": True},
    {"name": "nodes", "kind": "Node", "namespaced": False},
    {"name": "nodes/status", "kind": "Node", "namespaced": False},
]


class Server(ThreadingHTTPServer):
    """Gives prepared answers and keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[tuple[int, dict, dict]]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.connections = 0

    def answer(self, path: str, status: int = 200, body: dict | None = None, **headers: str) -> None:
        self.answers.setdefault(path, []).append((status, body or {}, headers))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.asked.append((self.command, self.path, body))
        answers = self.server.answers.get(self.path.partition("?")[0]) or [(404, {"reason": "NotFound"}, {})]
        status, answer, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)
        if headers.get("Hang_up"):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        del format, args


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        found.answer("/api/v1", body={"resources": RESOURCES})
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    found = Client(Access({"server": f"http://127.0.0.1:{server.server_port}"}, {"token": "t"}, "home"))
    yield found
    found.close()


def test_paths(client: Client):
    assert client.path("v1", "ConfigMap", "n", "m") == "/api/v1/namespaces/n/configmaps/m"
    assert client.path("v1", "ConfigMap", None, "m") == "/api/v1/namespaces/home/configmaps/m"
    assert client.path("v1", "Node", "ignored", "x") == "/api/v1/nodes/x"
    assert client.path_of(CONFIG_MAP, collection=True) == "/api/v1/namespaces/n/configmaps"


def test_kinds_are_looked_up_once_and_unknown_ones_each_time(client: Client, server: Server):
    for _ in range(3):
        client.kind("v1", "ConfigMap")
    for _ in range(2):
        with pytest.raises(NoSuchKindError, match='no matches for kind "Widget"'):
            client.kind("v1", "Widget")
    with pytest.raises(NoSuchKindError):
        client.kind("example.org/v1", "Widget")

    assert [path for _, path, _ in server.asked] == ["/api/v1"] * 3 + ["/apis/example.org/v1"]


def test_verbs(client: Client, server: Server):
    server.answer("/api/v1/namespaces/n/configmaps", body={"made": True})
    server.answer("/api/v1/namespaces/n/configmaps/m", body={"found": True})
    client.create(CONFIG_MAP, "me", dry_run=True)
    client.apply(CONFIG_MAP, "me", force=True)
    client.delete(CONFIG_MAP, "Foreground")
    client.json_patch(CONFIG_MAP, [{"op": "test"}])
    client.replace(CONFIG_MAP, "me", dry_run=False)

    name = "/api/v1/namespaces/n/configmaps/m"
    assert server.asked[1:] == [
        ("POST", "/api/v1/namespaces/n/configmaps?fieldManager=me&dryRun=All", CONFIG_MAP),
        ("PATCH", f"{name}?fieldManager=me&force=true", CONFIG_MAP),
        ("DELETE", name, {"propagationPolicy": "Foreground"}),
        ("PATCH", name, [{"op": "test"}]),
        ("PUT", f"{name}?fieldManager=me", CONFIG_MAP),
    ]


def test_connections_are_kept(client: Client, server: Server):
    server.answer("/x", body={})
    for _ in range(5):
        client.request("GET", "/x")

    assert server.connections == 1


def test_a_kept_connection_that_was_closed_is_replaced(client: Client, server: Server):
    server.answer("/x", body={"n": 1}, Hang_up="yes")
    server.answer("/x", body={"n": 2})

    assert [client.request("GET", "/x")["n"] for _ in range(2)] == [1, 2]


def test_refusals_carry_the_servers_words(client: Client, server: Server):
    server.answer("/x", 422, {"reason": "Invalid", "message": "not so", "details": {"kind": "pods"}})

    with pytest.raises(ApiError, match="not so") as caught:
        client.request("GET", "/x")

    assert (caught.value.status, caught.value.reason) == (422, "Invalid")


def test_a_missing_namespace_is_told_from_a_missing_object():
    assert ApiError(404, b'{"details": {"kind": "namespaces"}}').missing_namespace
    assert not ApiError(404, b'{"details": {"kind": "configmaps"}}').missing_namespace
    assert str(ApiError(500, b"no json")) == "no json"


def test_missing_objects_are_none(client: Client):
    assert client.find("v1", "ConfigMap", "n", "m") is None


def test_a_busy_server_is_asked_again(client: Client, server: Server):
    server.answer("/x", 429, Retry_After="0")
    server.answer("/x", 503, Retry_After="0")
    server.answer("/x", body={"n": 1})

    assert client.request("GET", "/x") == {"n": 1}


def test_no_server():
    client = Client(Access({"server": "http://127.0.0.1:1"}, {}, "home"))

    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:1"):
        client.request("GET", "/x")


@pytest.mark.parametrize(("given_up", "reached"), [(0, True), (2, True), (99, False)])
def test_a_server_that_gives_up_a_handshake_is_tried_again_for_a_while(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_up: int, reached: bool
):
    monkeypatch.setattr("time.sleep", lambda _: None)
    server.answer("/x", body={"n": 1})
    url = overloaded(server, tmp_path, given_up)
    client = Client(Access({"server": url, "insecure-skip-tls-verify": True}, {}, "home"))

    if reached:
        assert client.request("POST", "/x", body={"m": 2}) == {"n": 1}
        assert server.asked == [("POST", "/x", {"m": 2})]
    else:
        with pytest.raises(UnreachableError, match=url):
            client.request("POST", "/x")
        assert server.asked == []
    client.close()


def overloaded(server: Server, directory: Path, given_up: int) -> str:
    """Makes the server speak TLS, and close the first connections before the handshake."""
    pki.ensure(directory, datetime.datetime.now(datetime.UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "kube-apiserver.crt", directory / "kube-apiserver.key")
    accept, left = server.get_request, [given_up]

    def get_request() -> tuple[Any, Any]:
        connection, address = accept()
        if left[0]:
            left[0] -= 1
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
            raise OSError("given up")  # the server takes it for a connection that broke
        return context.wrap_socket(connection, server_side=True), address

    server.get_request = get_request  # type: ignore[method-assign]
    return f"https://127.0.0.1:{server.server_address[1]}"
