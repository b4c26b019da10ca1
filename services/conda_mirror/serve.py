"""`serve`: the snapshots of a mirror's folder, over HTTP."""

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from services.conda_mirror.access import Token
from services.conda_mirror.addresses import Address
from services.conda_mirror.errors import MirrorError
from services.conda_mirror.metrics import Metrics
from services.conda_mirror.server import file_response, serve
from services.conda_mirror.snapshots import Manifest, Snapshots

REMEMBERED = 16
"""Manifests kept in memory."""


class SnapshotBackend:
    """Serves what manifests name, and nothing else."""

    def __init__(self, root: Path, metrics: Metrics, private: bool) -> None:
        self._snapshots = Snapshots(root)
        self._metrics = metrics
        self._private = private
        self._manifests: OrderedDict[str, Manifest] = OrderedDict()

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def health(self) -> dict[str, Any]:
        """The current snapshot and its channels."""
        manifest = self._manifest("latest")
        self._metrics.show(manifest)
        return {
            "status": "ok",
            "ready": manifest is not None,
            "snapshot": manifest.id if manifest else None,
            "channels": manifest.channels if manifest else {},
        }

    async def answer(self, request: web.Request, address: Address) -> web.StreamResponse:  # noqa: ARG002 - the protocol
        """Answer a request for a file."""
        manifest = self._manifest(address.snapshot)
        if manifest is None:
            raise web.HTTPNotFound(text=f"no snapshot {address.snapshot}\n")
        path = self._snapshots.folder / manifest.id / address.path
        if address.path == "snapshot.json":
            return web.FileResponse(
                path,
                headers={
                    "Content-Type": address.content_type,
                    "Cache-Control": address.cache_control(self._private),
                },
            )
        found = manifest.files.get(address.path) or manifest.carried.get(address.path)
        if found is None:
            raise web.HTTPNotFound(text=f"no such file in snapshot {manifest.id}\n")
        return file_response(path, address, base64.b64encode(bytes.fromhex(found[0])).decode(), self._private)

    def _manifest(self, snapshot: str) -> Manifest | None:
        identifier = self._snapshots.latest() if snapshot == "latest" else snapshot
        if identifier is None or not (self._snapshots.folder / identifier).is_dir():
            return None
        if identifier not in self._manifests:
            try:
                self._manifests[identifier] = self._snapshots.manifest(identifier)
            except (MirrorError, OSError):
                return None
            while len(self._manifests) > REMEMBERED:
                self._manifests.popitem(last=False)
        self._manifests.move_to_end(identifier)
        return self._manifests[identifier]


def serve_snapshots(
    root: Path,
    *,
    address: str,
    port: int,
    token_file: Path | None = None,
    verbose: bool = False,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve a mirror's folder until SIGTERM.

    Raises:
        MirrorError: The token cannot be read or the address not be listened on.
    """
    metrics = Metrics()
    token = Token(token_file) if token_file else None
    backend = SnapshotBackend(root, metrics, token is not None)
    asyncio.run(serve(backend, address=address, port=port, token=token, metrics=metrics, verbose=verbose, ready=ready))
