"""Objects of the API, kept up to date by a watch: a list first, then every change as it happens."""

import contextlib
import http.client
import json
import ssl
import threading
import time
from typing import Any

from tools.cluster.ports import ADDRESS

_PAUSE_SECONDS = 0.5
_WATCH_SECONDS = 300


class Watched(threading.Thread):
    """All objects of one kind.

    Attributes:
        complete: Set once all objects have been read for the first time.
    """

    def __init__(self, port: int, path: str, context: ssl.SSLContext, changed: threading.Event):
        """Names what is watched; `start` begins.

        Args:
            port: Port of the API server on 127.0.0.1.
            path: Path of the kind, such as /api/v1/pods.
            context: TLS context with a client certificate.
            changed: Set whenever something has changed.
        """
        super().__init__(name=path, daemon=True)
        self.complete = threading.Event()
        self._port, self._path, self._context, self._changed = port, path, context, changed
        self._objects: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def objects(self) -> list[dict[str, Any]]:
        """Returns the objects as they are now."""
        with self._lock:
            return list(self._objects.values())

    def run(self) -> None:
        """Lists and watches until the process ends; begins anew whenever the connection breaks."""
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError, http.client.HTTPException):
                self._watch(self._list())
            time.sleep(_PAUSE_SECONDS)

    def apply(self, kind: str, value: dict[str, Any]) -> bool:
        """Takes one event of a watch.

        Returns:
            Whether the watch can go on after it.
        """
        if kind == "ERROR":  # most often: the version is too old
            return False
        if kind != "BOOKMARK":
            with self._lock:
                if kind == "DELETED":
                    self._objects.pop(value["metadata"]["uid"], None)
                else:
                    self._objects[value["metadata"]["uid"]] = value
            self._changed.set()
        return True

    def _list(self) -> str:
        with contextlib.closing(self._connection(30)) as connection:
            value = json.load(self._answer(connection, self._path))
        with self._lock:
            self._objects = {item["metadata"]["uid"]: item for item in value["items"]}
        self.complete.set()
        self._changed.set()
        return value["metadata"]["resourceVersion"]

    def _watch(self, version: str) -> None:
        query = f"?watch=1&allowWatchBookmarks=true&timeoutSeconds={_WATCH_SECONDS}&resourceVersion={version}"
        with contextlib.closing(self._connection(_WATCH_SECONDS + 30)) as connection:
            answer = self._answer(connection, self._path + query)
            while line := answer.readline():
                event = json.loads(line)
                if not self.apply(event["type"], event["object"]):
                    return

    def _connection(self, seconds: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(ADDRESS, self._port, context=self._context, timeout=seconds)

    def _answer(self, connection: http.client.HTTPSConnection, path: str) -> http.client.HTTPResponse:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise OSError(f"{path} was answered with {answer.status}")
        return answer
