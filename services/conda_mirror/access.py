"""Who may read: an optional token, as conda's clients can send it."""

import base64
import binascii
import hmac
from pathlib import Path

from services.conda_mirror.errors import MirrorError

CHALLENGE = 'Bearer realm="conda mirror", Basic realm="conda mirror"'


class Token:
    """The token in a file. The file is read again when it changes, so a token can be replaced without a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._value = b""
        if not self.value():
            raise MirrorError(f"{path}: the token file is empty or cannot be read")

    def value(self) -> bytes:
        """The token now; empty, and so fitting nothing, if it cannot be read."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._value = self._path.read_bytes().strip()
                self._stamp = stamp
        except OSError:
            self._stamp, self._value = None, b""
        return self._value

    def fits(self, given: bytes) -> bool:
        """Compare in a time that does not depend on where the two differ."""
        value = self.value()
        return bool(value) and hmac.compare_digest(value, given)


def token_in_header(header: str) -> bytes | None:
    """The token of an `Authorization` header: a bearer token, or a basic password of whatever user."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip().encode(errors="surrogateescape")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return None
    return None


def token_in_path(path: str) -> tuple[bytes | None, str]:
    """The token of a path `t/<token>/…`, which is how conda writes it, and the path without."""
    parts = path.split("/", 2)
    if parts[0] == "t" and len(parts) == 3:
        return parts[1].encode(errors="surrogateescape"), parts[2]
    return None, path
