import http.client
import http.server
import socket
import threading

import pytest

from tools.observability.doorway import Relay


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content.upper())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by http.server)
        pass


@pytest.fixture
def serving():
    """Runs servers until the test is over; returns the port of each."""
    running = []

    def serve(server):
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return server.server_address[1]

    yield serve
    for server, thread in reversed(running):
        server.shutdown()
        thread.join()
        server.server_close()


def post(port, text):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/alerts", text)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_what_is_sent_and_answered_goes_through(serving):
    far = serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer))
    near = serving(Relay(0, lambda: socket.create_connection(("127.0.0.1", far), 30)))

    assert post(near, "x" * 300_000) == "X" * 300_000
    assert post(near, "again") == "AGAIN"


def test_a_service_that_is_not_there_ends_the_connection_and_nothing_else(serving, capsys):
    answers = [OSError("the cluster's DNS does not know remediator"), None]
    far = serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer))

    def connect():
        problem = answers.pop(0)
        if problem:
            raise problem
        return socket.create_connection(("127.0.0.1", far), 30)

    near = serving(Relay(0, connect))

    with pytest.raises((http.client.HTTPException, OSError)):
        post(near, "first")
    assert post(near, "second") == "SECOND"
    assert "cannot connect: the cluster's DNS does not know remediator" in capsys.readouterr().err
