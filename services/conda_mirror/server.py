"""What both servers share: requests to files, who may read, health, metrics, starting and stopping."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from services.conda_mirror.access import CHALLENGE, Token, token_in_header, token_in_path
from services.conda_mirror.addresses import Address, parse_address
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.metrics import CONTENT_TYPE_LATEST, Metrics

BACKLOG = 1024
"""Connections that may wait to be accepted: clients open dozens at once, and a full queue means resets."""
SHUTDOWN_SECONDS = 20.0
KEEPALIVE_SECONDS = 75.0
OPEN = ("healthz", "readyz", "metrics")
KIND: web.RequestKey[str] = web.RequestKey("kind", str)


class Backend(Protocol):
    """Where files come from."""

    async def answer(self, request: web.Request, address: Address) -> web.StreamResponse:
        """Answer a request for a file."""
        ...

    def health(self) -> dict[str, Any]:
        """What `/healthz` shows; `ready` tells `/readyz` whether there is something to serve."""
        ...

    async def start(self) -> None:
        """Called in the server's event loop, before the first request."""
        ...

    async def stop(self) -> None:
        """Called after the last one."""
        ...


def make_application(backend: Backend, metrics: Metrics, token: Token | None) -> web.Application:
    """The application of a server."""

    async def handle(request: web.Request) -> web.StreamResponse:
        given, path = token_in_path(request.match_info["path"])
        if path in OPEN:
            return _internal(path, backend, metrics)
        if token is not None:
            given = given or token_in_header(request.headers.get("Authorization", "")) or b""
            if not token.fits(given):
                request[KIND] = "refused"
                return web.Response(status=401, text="a token is needed\n", headers={"WWW-Authenticate": CHALLENGE})
        if path == "":
            return web.json_response(backend.health())
        address = parse_address(path)
        if address is None:
            raise web.HTTPNotFound(text="no such file\n")
        request[KIND] = address.kind
        return await backend.answer(request, address)

    application = web.Application()
    application.router.add_get("/{path:.*}", handle)  # with HEAD
    return application


def _internal(path: str, backend: Backend, metrics: Metrics) -> web.Response:
    health = backend.health()
    if path == "metrics":
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
    return web.json_response(health, status=503 if path == "readyz" and not health["ready"] else 200)


def _size(request: web.BaseRequest, response: web.StreamResponse) -> int:
    """Bytes of an answer's body. Those of a file go out by the kernel, which counts none."""
    if request.method == "GET" and isinstance(response, web.FileResponse):
        return response.content_length or 0
    return response.body_length


def _logger(metrics: Metrics, verbose: bool) -> type[AbstractAccessLogger]:
    class Log(AbstractAccessLogger):
        """Counts requests when they are done, and writes them down if asked to: without tokens."""

        def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
            kind = request.get(KIND, "other")
            size = _size(request, response)
            metrics.requests.labels(kind, str(response.status)).inc()
            metrics.sent.labels(kind).inc(size)
            metrics.seconds.labels(kind).observe(time)
            if verbose:
                path = token_in_path(request.path.lstrip("/"))[1]
                print(f"{request.remote} {request.method} /{path} {response.status} {size} {time:.3f}", file=sys.stderr)

        @property
        def enabled(self) -> bool:
            return True

    return Log


async def serve(
    backend: Backend,
    *,
    address: str,
    port: int,
    token: Token | None,
    metrics: Metrics,
    verbose: bool = False,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way.

    Args:
        backend: Where files come from.
        address: Address to listen on.
        port: Port; 0 takes a free one.
        token: Who may read; None lets everybody.
        metrics: Counters.
        verbose: Write every request to standard error.
        ready: Told the URL when it answers.

    Raises:
        MirrorError: The address cannot be listened on.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        make_application(backend, metrics, token),
        access_log_class=_logger(metrics, verbose),
        access_log=logging.getLogger(__name__),
        shutdown_timeout=SHUTDOWN_SECONDS,
        keepalive_timeout=KEEPALIVE_SECONDS,
    )
    await backend.start()
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, address, port, backlog=BACKLOG).start()
        except OSError as problem:
            raise MirrorError(f"cannot listen on {address}:{port}: {problem.strerror}") from None
        host, actual = runner.addresses[0][:2]
        ready(f"serving on http://{f'[{host}]' if ':' in host else host}:{actual}")
        await stop.wait()
    finally:
        await runner.cleanup()
        await backend.stop()


def file_response(path: Any, address: Address, digest: str, private: bool) -> web.FileResponse:
    """A file, with ranges, conditional requests and the headers that its address calls for."""
    headers = {
        "Content-Type": address.content_type,
        "Cache-Control": address.cache_control(private),
        "Repr-Digest": f"sha-256=:{digest}:",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)
