"""What the parts of a channel's address mean to those who serve it."""

import re
from dataclasses import dataclass

from services.conda_mirror.snapshots import IDENTIFIER, SEGMENT, is_package

INDEX_SECONDS = 60
"""How long clients may use an index of `latest` without asking (CEP 16: from a minute to an hour)."""
FOREVER = 365 * 24 * 3600
SHARD = re.compile(r"([0-9a-f]{64})\.msgpack\.zst")
TYPES = {
    ".json": "application/json",
    ".msgpack.zst": "application/zstd",
    ".zst": "application/zstd",
    ".conda": "application/zip",
    ".tar.bz2": "application/x-bzip2",
}
"""Types as the files are: zstd is their form, not a transfer encoding that a client may undo."""


@dataclass(frozen=True)
class Address:
    """A file on the mirror.

    Attributes:
        snapshot: `latest` or an identifier.
        path: Path below the snapshot.
    """

    snapshot: str
    path: str

    @property
    def pinned(self) -> bool:
        """Whether the snapshot is named, so that the content never changes."""
        return self.snapshot != "latest"

    @property
    def text(self) -> str:
        """Below the mirror's base URL."""
        return f"latest/{self.path}" if not self.pinned else f"snapshots/{self.snapshot}/{self.path}"

    @property
    def folder(self) -> str:
        """Folder of the channel: `<name>/<platform>`."""
        return "/".join(self.path.split("/")[:2])

    @property
    def file_name(self) -> str:
        """Last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def shard(self) -> str | None:
        """The sha256 of a shard, which is its name."""
        match = SHARD.fullmatch(self.file_name) if self.path.count("/") == 3 else None
        return match[1] if match else None

    @property
    def kind(self) -> str:
        """`package`, `shard`, `manifest` or `index`."""
        if is_package(self.path):
            return "package"
        if self.shard:
            return "shard"
        return "manifest" if self.path == "snapshot.json" else "index"

    @property
    def content_type(self) -> str:
        """Media type."""
        return next((kind for ending, kind in TYPES.items() if self.path.endswith(ending)), "application/octet-stream")

    def cache_control(self, private: bool) -> str:
        """How long clients and proxies may keep it; `private` where a token is needed."""
        scope = "private" if private else "public"
        if self.pinned or self.kind in ("package", "shard"):
            return f"{scope}, max-age={FOREVER}, immutable"
        return f"{scope}, max-age={INDEX_SECONDS}, must-revalidate"


def parse_address(path: str) -> Address | None:
    """Understand a request path without its leading slash, or None if it can be no file of a mirror."""
    parts = path.split("/")
    if parts[0] == "latest":
        snapshot, rest = "latest", parts[1:]
    elif parts[0] == "snapshots" and len(parts) > 1 and IDENTIFIER.fullmatch(parts[1]):
        snapshot, rest = parts[1], parts[2:]
    else:
        return None
    if rest != ["snapshot.json"] and len(rest) not in (3, 4):
        return None
    return Address(snapshot, "/".join(rest)) if all(SEGMENT.fullmatch(part) for part in rest) else None
