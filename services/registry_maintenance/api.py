"""The few requests to the Kubernetes API that the switch needs, with the pod's own account."""

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from services.api_server import ApiError, of_this_pod

TIMEOUT_SECONDS = 30


class Api:
    """A client of the API server.

    Args:
        server: Its address, such as `https://10.0.0.1:443`.
        token: File with the account's token; it is read again for each request, as it is renewed.
        authority: File with the certificate authority; none for a server without TLS.
    """

    def __init__(self, server: str, token: Path | None = None, authority: Path | None = None) -> None:
        self.server = server.rstrip("/")
        self.token = token
        self.context = ssl.create_default_context(cafile=str(authority)) if authority else None

    @classmethod
    def of_this_pod(cls) -> "Api":
        """The client that a pod has by its account.

        Raises:
            ApiError: This is no pod.
        """
        return cls(*of_this_pod())

    def get(self, path: str) -> dict[str, Any]:
        """Read an object."""
        return self._request("GET", path, None)

    def merge(self, path: str, patch: dict[str, Any]) -> dict[str, Any]:
        """Change an object (JSON merge patch, RFC 7386)."""
        return self._request("PATCH", path, patch)

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token.read_text(encoding='utf-8').strip()}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, content, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS, context=self.context) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ApiError(f"{method} {path}: the API server answers {error.code} {error.reason}") from None
        except (OSError, ValueError) as error:
            raise ApiError(f"{method} {path}: {error}") from None
