"""A receiver of notifications: what a pager would be."""

import http.server
import json
import threading
from typing import Any


class Webhook:
    """Keeps what Alertmanager sends, in the order of its coming, by the last part of the path."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, Any]]] = []
        received = self.received

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((self.path.strip("/"), json.loads(content)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by http.server)
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def url(self, name: str) -> str:
        """Returns an address to send to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def sent(self, name: str, status: str = "firing") -> list[dict[str, Any]]:
        """Returns the notifications that came to an address."""
        return [content for path, content in self.received if path == name and content["status"] == status]

    def close(self) -> None:
        """Stops receiving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def alert_names(notification: dict[str, Any]) -> list[str]:
    """Returns the names of a notification's alerts."""
    return sorted(alert["labels"]["alertname"] for alert in notification["alerts"])
