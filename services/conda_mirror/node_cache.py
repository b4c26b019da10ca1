"""`node-cache`: the mirror's addresses, served from a node's own disk and filled on first use."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from services.conda_mirror.access import Token
from services.conda_mirror.addresses import Address
from services.conda_mirror.metrics import Metrics
from services.conda_mirror.node_indexes import (
    NOT_FOUND,
    OK,
    AwayError,
    DamagedError,
    Indexes,
    MissingError,
    digest_of,
)
from services.conda_mirror.objects import Objects
from services.conda_mirror.server import file_response, serve

CONNECT_SECONDS, SILENCE_SECONDS = 3, 30
CHUNK = 1 << 20
ATTEMPTS = 2


class NodeBackend:
    """Serves packages and shards by content, each fetched once however many ask, and indexes while they last."""

    def __init__(self, mirror: str, folder: Path, limit: int, metrics: Metrics, token: Token | None) -> None:
        self._mirror = mirror.rstrip("/")
        self._metrics = metrics
        self._token = token
        self._objects = Objects(folder / "objects", limit, metrics.evicted.inc)
        self._indexes = Indexes(folder / "indexes", self._mirror, metrics)
        self._fetching: dict[str, asyncio.Task[Path]] = {}
        self._client: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection to the mirror."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        headers = {"Accept-Encoding": "identity", "User-Agent": "slate-conda-node-cache/1"}

        async def authorise(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            if self._token is not None:  # read every time: it may have been replaced
                request.headers["Authorization"] = f"Bearer {self._token.value().decode()}"
            return await handler(request)

        self._client = aiohttp.ClientSession(timeout=timeout, headers=headers, middlewares=(authorise,))
        self._indexes.client = self._client

    async def stop(self) -> None:
        """Close it."""
        for task in self._fetching.values():
            task.cancel()
        if self._client is not None:
            await self._client.close()

    def health(self) -> dict[str, Any]:
        """Bytes on this node; it is ready even while the mirror is away."""
        self._metrics.cached.set(self._objects.size)
        return {"status": "ok", "ready": True, "mirror": self._mirror, "bytes": self._objects.size}

    async def answer(self, request: web.Request, address: Address) -> web.StreamResponse:
        """Answer a request for a file."""
        try:
            if address.kind in ("package", "shard"):
                sha256, size = await self._expected(address)
                path = self._objects.get(sha256, size)
                if path is None and size is not None and size > self._objects.limit:
                    return await self._through(request, address)
                path = path or await self._fetch(address, sha256, size)
            else:
                index = await self._indexes.get(address)
                path, sha256 = index.path, index.sha256
        except MissingError:
            raise web.HTTPNotFound(text="no such file on the mirror\n") from None
        except (AwayError, DamagedError) as problem:
            raise web.HTTPBadGateway(text=f"{problem}\n") from None
        except OSError:  # this node's disk is full or failing: slower, but it works
            return await self._through(request, address)
        return file_response(path, address, base64.b64encode(bytes.fromhex(sha256)).decode(), self._token is not None)

    async def _expected(self, address: Address) -> tuple[str, int | None]:
        if address.shard:
            return address.shard, None
        found = await self._indexes.expected(address)
        if found is not None:
            return found
        assert self._client is not None  # noqa: S101 - started before the first request
        # Not in the index any more, or not yet in ours: the mirror knows.
        try:
            async with self._client.head(f"{self._mirror}/{address.text}") as answer:
                if answer.status == NOT_FOUND:
                    raise MissingError(address.text)
                digest = digest_of(answer.headers)
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise AwayError(str(problem) or type(problem).__name__) from None
        if digest is None:
            raise AwayError(f"the mirror gives no sha256 of {address.text}")
        return digest, None

    async def _fetch(self, address: Address, sha256: str, size: int | None) -> Path:
        task = self._fetching.get(sha256)
        if task is None:
            task = asyncio.create_task(self._download(address, sha256, size))
            self._fetching[sha256] = task
            task.add_done_callback(lambda done: self._fetched(sha256, done))
        return await asyncio.shield(task)  # one client that gives up does not stop it for the others

    def _fetched(self, sha256: str, task: asyncio.Task[Path]) -> None:
        self._fetching.pop(sha256, None)
        if not task.cancelled():
            task.exception()  # whoever waited has got it; nobody else needs to hear of it

    async def _download(self, address: Address, sha256: str, size: int | None) -> Path:
        part = self._objects.part(sha256)
        try:
            for _ in range(ATTEMPTS):
                got = await self._receive(address, part)
                if got[0] == sha256 and size in (None, got[1]):
                    self._metrics.filled.inc()
                    return self._objects.adopt(part, sha256, got[1])
                self._metrics.rejected.inc()
        finally:
            part.unlink(missing_ok=True)
        raise DamagedError(f"{address.text} from the mirror has sha256 {got[0]}, its index says {sha256}")

    async def _receive(self, address: Address, part: Path) -> tuple[str, int]:
        assert self._client is not None  # noqa: S101 - started before the first request
        digest, size = hashlib.sha256(), 0
        try:
            async with self._client.get(f"{self._mirror}/{address.text}") as answer:
                if answer.status == NOT_FOUND:
                    raise MissingError(address.text)
                if answer.status != OK:
                    raise AwayError(f"the mirror answered {answer.status}")
                with part.open("wb") as stream:
                    async for chunk in answer.content.iter_chunked(CHUNK):
                        stream.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise AwayError(str(problem) or type(problem).__name__) from None
        return digest.hexdigest(), size

    async def _through(self, request: web.Request, address: Address) -> web.StreamResponse:
        """Pass an answer of the mirror on without keeping it."""
        assert self._client is not None  # noqa: S101 - started before the first request
        wanted = {"Range": request.headers["Range"]} if "Range" in request.headers else {}
        try:
            async with self._client.request(request.method, f"{self._mirror}/{address.text}", headers=wanted) as answer:
                kept = ("Content-Type", "Content-Length", "Content-Range", "ETag", "Cache-Control", "Repr-Digest")
                response = web.StreamResponse(status=answer.status)
                response.headers.update({name: answer.headers[name] for name in kept if name in answer.headers})
                await response.prepare(request)
                async for chunk in answer.content.iter_chunked(CHUNK):
                    await response.write(chunk)
                await response.write_eof()
                return response
        except (aiohttp.ClientConnectionError, TimeoutError) as problem:
            raise web.HTTPBadGateway(text=f"{problem}\n") from None


def serve_node_cache(
    mirror: str,
    folder: Path,
    *,
    limit: int,
    address: str,
    port: int,
    token_file: Path | None = None,
    verbose: bool = False,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve a mirror from a node's own disk until SIGTERM.

    Args:
        mirror: The mirror's base URL.
        folder: Folder on the node; may be lost at any time.
        limit: Bytes of packages to keep.
        address: Address to listen on.
        port: Port; 0 takes a free one.
        token_file: Token that clients need here, and that the mirror is asked with.
        verbose: Write every request to standard error.
        ready: Told the URL when it answers.

    Raises:
        MirrorError: The token cannot be read or the address not be listened on.
    """
    metrics = Metrics()
    token = Token(token_file) if token_file else None
    backend = NodeBackend(mirror, folder, limit, metrics, token)
    asyncio.run(serve(backend, address=address, port=port, token=token, metrics=metrics, verbose=verbose, ready=ready))
