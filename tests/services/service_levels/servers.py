"""Servers for the tests of page and report: a real Prometheus, and one that answers whatever it is told."""

import http.server
import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import binaries

PATIENCE = 60
Answer = tuple[int, bytes]


@contextmanager
def prometheus_server(data: Path, log: Path) -> Iterator[str]:
    """Run Prometheus on a data folder, without targets and rules; its address."""
    configuration = log.with_name("prometheus.yml")
    configuration.write_text("global: {scrape_interval: 1h}\n", encoding="utf-8")
    command = [
        str(binaries() / "prometheus"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        "--web.listen-address=127.0.0.1:0",
        "--log.format=json",
    ]
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield _ready(process, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        address = _address(log)
        if address:
            try:
                with urllib.request.urlopen(f"{address}/-/ready", timeout=5):  # noqa: S310 - our own server
                    return address
            except OSError:
                pass
        time.sleep(0.05)
    raise AssertionError(f"Prometheus is not ready:\n{log.read_text(encoding='utf-8')}")


def _address(log: Path) -> str | None:
    for line in log.read_text(encoding="utf-8").splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if (
            said.get("msg") in ("Listening on", "Start listening for connections")
            and said.get("address", ":0")[-2:] != ":0"
        ):
            return f"http://{said['address']}"
    return None


@contextmanager
def answering(answer: Callable[[Any], Answer]) -> Iterator[tuple[str, list[Any]]]:
    """A web server that answers by a function of the request; its address, and the requests so far."""
    asked: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(self)
            status, body = answer(self)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _do  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
