"""The few requests to the Kubernetes API that healing and canary need, with the account of their pod."""

import datetime
import json
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import aiohttp

from services.api_server import ApiError, of_this_pod

TIMEOUT_SECONDS = 20
PAGE = 500
"""Objects in one answer to a list."""

Object = dict[str, Any]


class Api:
    """A client of the API server, to be used as an asynchronous context manager.

    Args:
        server: Its address, such as `https://10.0.0.1:443`.
        token: File with the account's token; it is read again for each request, as it is renewed.
        authority: File with the certificate authority; none for a server without TLS.

    Raises:
        ApiError: The authority's file cannot be read.
    """

    def __init__(self, server: str, token: Path | None = None, authority: Path | None = None) -> None:
        self._server = server.rstrip("/")
        self._token = token
        try:
            self._tls = ssl.create_default_context(cafile=str(authority)) if authority else None
        except OSError as error:
            raise ApiError(f"{authority}: the certificate authority cannot be read ({error.strerror})") from None
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of_this_pod(cls) -> "Api":
        """The client that a pod has by its account.

        Raises:
            ApiError: This is no pod.
        """
        return cls(*of_this_pod())

    async def __aenter__(self) -> "Api":
        # No proxy and no .netrc of the environment: they would send the account's token elsewhere.
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS), trust_env=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def get(self, path: str) -> Object:
        """Read an object as it is now: a read from the quorum, never from a cache.

        Raises:
            ApiError: There is none (status 404), or the server does not answer.
        """
        return (await self._request("GET", path))[0]

    async def find(self, path: str) -> Object | None:
        """Read an object; None if there is none."""
        return (await self.find_at(path))[0]

    async def find_at(self, path: str) -> tuple[Object | None, datetime.datetime]:
        """Read an object, and the API server's own clock: ages must not depend on the clock of this machine."""
        try:
            return await self._request("GET", path)
        except ApiError as error:
            if error.status != 404:
                raise
            return None, datetime.datetime.now(datetime.UTC)

    async def list(self, path: str, **selection: str) -> list[Object]:
        """Read all objects that a selection (`labelSelector`, `fieldSelector`) leaves."""
        found: list[Object] = []
        following = ""
        while True:
            query = {**selection, "limit": str(PAGE)} | ({"continue": following} if following else {})
            answer, _ = await self._request("GET", f"{path}?{urlencode(query)}")
            found += answer.get("items") or []
            following = answer.get("metadata", {}).get("continue") or ""
            if not following:
                return found

    async def create(self, path: str, value: Mapping[str, Any]) -> Object:
        """Create an object."""
        return (await self._request("POST", path, value))[0]

    async def replace(self, path: str, value: Mapping[str, Any]) -> Object:
        """Replace an object; with a resource version, only if nobody else has changed it (status 409)."""
        return (await self._request("PUT", path, value))[0]

    async def merge(self, path: str, patch: Mapping[str, Any]) -> Object:
        """Change an object (JSON merge patch, RFC 7386)."""
        return (await self._request("PATCH", path, patch, "application/merge-patch+json"))[0]

    async def delete(self, path: str, uid: str, resource_version: str) -> None:
        """Delete an object if it is the one that was looked at, and has not changed since.

        Raises:
            ApiError: It is another one, or another state of it (409), it is gone (404), or the server does not answer.
        """
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        await self._request("DELETE", path, body)

    async def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, kind: str = "application/json"
    ) -> tuple[Object, datetime.datetime]:
        if self._session is None:
            raise RuntimeError("the client is not open")
        what = f"{method} {path.partition('?')[0]}"
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = kind
        content = None if body is None else json.dumps(body)
        try:
            if self._token:
                headers["Authorization"] = f"Bearer {self._token.read_text(encoding='utf-8').strip()}"
            async with self._session.request(
                method, self._server + path, data=content, headers=headers, ssl=self._tls or True, allow_redirects=False
            ) as answer:
                text = await answer.text()
                if not 200 <= answer.status < 300:
                    raise ApiError(f"{what}: the API server answers {answer.status} {_reason(text)}", answer.status)
                return json.loads(text), parsedate_to_datetime(answer.headers["Date"])
        except (TimeoutError, OSError, ValueError, KeyError, aiohttp.ClientError) as error:
            raise ApiError(f"{what}: {str(error) or type(error).__name__}") from None


def _reason(text: str) -> str:
    """The message in the API server's answer, if it is one of its own."""
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return "without a reason"
