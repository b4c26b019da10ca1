"""A small Kubernetes REST client on the standard library, with a pool of kept connections."""

import http.client
import json
import ssl
import threading
import time
import urllib.parse
from typing import Any

from .credentials import Credentials
from .errors import ApiError, NoSuchKindError, UnreachableError
from .kubeconfig import Access

Object = dict[str, Any]

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
REQUEST_SECONDS = 60
KEPT_CONNECTIONS = 32
BUSY_ATTEMPTS = 6
HANDSHAKE_ATTEMPTS = 5


class Client:
    """One cluster, seen through one kubeconfig context. Safe for use by many threads."""

    def __init__(self, access: Access) -> None:
        self.namespace = access.namespace
        self._url = urllib.parse.urlsplit(access.cluster["server"])
        self._credentials = Credentials(access)
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    # --- requests ---------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Object:
        """Send one request and return the answer.

        Raises:
            ApiError: the API server refused.
            UnreachableError: there was no answer.
        """
        target = self._url.path.rstrip("/") + path + ("?" + urllib.parse.urlencode(query) if query else "")
        data = None if body is None else json.dumps(body).encode()
        for attempt in range(BUSY_ATTEMPTS):
            status, raw, retry_after = self._send(method, target, data, content_type)
            if status == 401 and attempt == 0 and self._credentials.rejected():
                continue
            if status < 429 or retry_after is None or attempt == BUSY_ATTEMPTS - 1:
                break
            time.sleep(min(retry_after, 10))
        if status >= 400:
            raise ApiError(status, raw)
        return json.loads(raw)

    def _send(self, method: str, target: str, data: bytes | None, content_type: str) -> tuple[int, bytes, float | None]:
        try:
            headers = {"Accept": "application/json", "Content-Type": content_type, **self._credentials.headers()}
            while True:
                connection, used = self._take()
                try:
                    connection.request(method, target, data, headers)
                    answer = connection.getresponse()
                    raw = answer.read()
                except (http.client.HTTPException, OSError) as err:
                    connection.close()
                    # The server closed it while it lay idle; a fresh one tells the truth.
                    if used and isinstance(err, ConnectionError | ssl.SSLEOFError):
                        continue
                    raise
                self._give_back(connection, answer)
                seconds = answer.getheader("Retry-After", "")
                return answer.status, raw, float(seconds) if seconds.isdigit() else None
        except (http.client.HTTPException, OSError, ValueError) as err:
            raise UnreachableError(f"{self._url.geturl()}: {err}") from err

    def _take(self) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return self._handshake(host, port), False
        return http.client.HTTPConnection(host, port, timeout=REQUEST_SECONDS), False

    def _handshake(self, host: str, port: int | None) -> http.client.HTTPSConnection:
        """A server without a free processor gives up handshakes after 10 s; nothing has been sent yet, so try again."""
        for attempt in range(HANDSHAKE_ATTEMPTS):
            connection = http.client.HTTPSConnection(
                host, port, context=self._credentials.tls(), timeout=REQUEST_SECONDS
            )
            try:
                connection.connect()
                break
            except (ssl.SSLEOFError, ConnectionResetError):
                connection.close()
                if attempt == HANDSHAKE_ATTEMPTS - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
        return connection

    def _give_back(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        with self._lock:
            if not answer.will_close and len(self._idle) < KEPT_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the connections that lie idle."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    # --- kinds and paths --------------------------------------------------

    def kind(self, api_version: str, kind: str) -> tuple[str, bool]:
        """The plural path segment of a kind and whether it is namespaced.

        Raises:
            NoSuchKindError: the API server does not serve it.
        """
        with self._lock:
            found = self._kinds.get(api_version, {}).get(kind)
        if found is None:  # unknown kinds are asked for again each time: their definition may have come meanwhile
            root = "/api/" if "/" not in api_version else "/apis/"
            try:
                listed = self.request("GET", root + api_version)["resources"]
            except ApiError as err:
                if err.status != 404:
                    raise
                listed = []
            kinds = {r["kind"]: (r["name"], r["namespaced"]) for r in listed if "/" not in r["name"]}
            with self._lock:
                self._kinds[api_version] = kinds
            found = kinds.get(kind)
        if found is None:
            raise NoSuchKindError(f'no matches for kind "{kind}" in version "{api_version}"')
        return found

    def path(self, api_version: str, kind: str, namespace: str | None, name: str | None = None) -> str:
        """The URL path of an object, or of its collection when no name is given."""
        plural, namespaced = self.kind(api_version, kind)
        parts = ["/api" if "/" not in api_version else "/apis", api_version]
        if namespaced:
            parts += ["namespaces", namespace or self.namespace]
        return "/".join([*parts, plural, *([urllib.parse.quote(name)] if name else [])])

    def path_of(self, obj: Object, collection: bool = False) -> str:
        """The URL path of this object, or of its collection."""
        meta = obj["metadata"]
        return self.path(obj["apiVersion"], obj["kind"], meta.get("namespace"), None if collection else meta["name"])

    # --- verbs ------------------------------------------------------------

    def get(self, obj: Object) -> Object:
        """The live object."""
        return self.request("GET", self.path_of(obj))

    def find(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object | None:
        """The live object, or None if it does not exist."""
        try:
            return self.request("GET", self.path(api_version, kind, namespace, name))
        except ApiError as err:
            if err.status == 404:
                return None
            raise

    def items(self, api_version: str, kind: str, namespace: str | None, selector: str = "") -> list[Object]:
        """The objects of a kind in a namespace that match a label selector."""
        query = {"labelSelector": selector} if selector else None
        return self.request("GET", self.path(api_version, kind, namespace), query).get("items") or []

    def create(self, obj: Object, manager: str, dry_run: bool) -> Object:
        """Create a new object."""
        query = {"fieldManager": manager, **_dry(dry_run)}
        return self.request("POST", self.path_of(obj, collection=True), query, obj)

    def replace(self, obj: Object, manager: str, dry_run: bool) -> Object:
        """Put the whole object in place of the live one of the same resourceVersion."""
        return self.request("PUT", self.path_of(obj), {"fieldManager": manager, **_dry(dry_run)}, obj)

    def apply(self, obj: Object, manager: str, force: bool = False, dry_run: bool = False) -> Object:
        """Server-side apply."""
        query = {"fieldManager": manager, "force": str(force).lower(), **_dry(dry_run)}
        return self.request("PATCH", self.path_of(obj), query, obj, APPLY)

    def json_patch(self, obj: Object, operations: list[Object]) -> Object:
        """Patch the object by JSON patch operations."""
        return self.request("PATCH", self.path_of(obj), None, operations, JSON_PATCH)

    def delete(self, obj: Object, propagation: str) -> Object:
        """Ask for deletion."""
        return self.request("DELETE", self.path_of(obj), None, {"propagationPolicy": propagation})


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
