"""Reading upstream: `http(s)://` and `file://` alike."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, TypeVar

from services.conda_mirror.channels import local_path
from services.conda_mirror.errors import UpstreamError
from services.conda_mirror.pool import CHUNK

if TYPE_CHECKING:
    import aiohttp

Answer = TypeVar("Answer")
ATTEMPTS = 4
"""Tries of a download; each goes on where the one before broke off."""
PAUSE_SECONDS = 0.5
CONNECT_SECONDS = 15
STALL_SECONDS = 60
"""Longest silence of a server in the middle of an answer."""
OK, PARTIAL, RANGE_NOT_SATISFIABLE, SERVER_ERRORS = 200, 206, 416, 500
TOO_MANY = 429
ABSENT = (404, 410)


class Transport:
    """Connections to upstream; use as an asynchronous context manager."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    def _session(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415 - costs a quarter of a second, and file:// channels do not need it

        if self._client is None:
            self._client = aiohttp.ClientSession(
                trust_env=True,  # proxies and NETRC
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=STALL_SECONDS),
                connector=aiohttp.TCPConnector(limit=self._jobs),
                headers={"User-Agent": "slate-conda-mirror/1", "Accept-Encoding": "identity"},
            )
        return self._client

    async def read(self, url: str) -> bytes | None:
        """A small file as a whole, or None if there is no such file.

        Raises:
            UpstreamError: It cannot be read.
        """
        if url.startswith("file:"):
            return await asyncio.to_thread(_read_local, url)
        return await self._retried(url, self._read_once)

    async def _read_once(self, url: str) -> bytes | None:
        async with self._session().get(url) as response:
            if response.status in ABSENT:
                return None
            _check(response.status, url)
            return await response.read()

    async def download(self, url: str, part: Path) -> tuple[str, int] | None:
        """Download into a file; goes on from what is there already.

        Returns:
            The sha256 and size of all of it, or None if there is no such file.

        Raises:
            UpstreamError: It cannot be read.
        """
        if url.startswith("file:"):
            return await asyncio.to_thread(_copy_local, url, part)

        async def once(address: str) -> tuple[str, int] | None:
            return await self._download_once(address, part)

        return await self._retried(url, once)

    async def _download_once(self, url: str, part: Path) -> tuple[str, int] | None:
        with part.open("a+b") as stream:
            stream.seek(0)
            digest, size = hashlib.sha256(), 0
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
            async with self._session().get(url, headers={"Range": f"bytes={size}-"} if size else {}) as response:
                if response.status in ABSENT:
                    return None
                if response.status == RANGE_NOT_SATISFIABLE:  # it was all there
                    return digest.hexdigest(), size
                _check(response.status, url)
                if response.status != PARTIAL:
                    stream.truncate(0)
                    digest, size = hashlib.sha256(), 0
                async for chunk in response.content.iter_chunked(CHUNK):
                    stream.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            _persist(stream)
        return digest.hexdigest(), size

    async def _retried(self, url: str, once: Callable[[str], Awaitable[Answer]]) -> Answer:
        import aiohttp  # noqa: PLC0415

        cause: Exception | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await once(url)
            except (aiohttp.ClientError, TimeoutError, _TryAgainError) as problem:
                cause = problem
            if attempt < ATTEMPTS:
                await asyncio.sleep(PAUSE_SECONDS * attempt)
        raise UpstreamError(f"cannot read {url}: {str(cause) or type(cause).__name__} (tried {ATTEMPTS} times)")


class _TryAgainError(Exception):
    """An answer that may be another one next time."""


def _check(status: int, url: str) -> None:
    if status >= SERVER_ERRORS or status == TOO_MANY:
        raise _TryAgainError(f"the server answered {status}")
    if status not in (OK, PARTIAL):
        raise UpstreamError(f"cannot read {url}: the server answered {status}")


def _persist(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _read_local(url: str) -> bytes | None:
    try:
        return local_path(url).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise UpstreamError(f"cannot read {url}: {problem}") from None


def _copy_local(url: str, part: Path) -> tuple[str, int] | None:
    try:
        source = local_path(url).open("rb")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise UpstreamError(f"cannot read {url}: {problem}") from None
    with source, part.open("wb") as target:
        digest, size = hashlib.sha256(), 0
        while chunk := source.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        _persist(target)
    return digest.hexdigest(), size
