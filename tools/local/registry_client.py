"""A small client of the registry protocol (https://github.com/opencontainers/distribution-spec): push and copy.

Only what is missing is uploaded. Plain HTTP is spoken with 127.0.0.1 only.
"""

import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Any

from tools.local.errors import LocalError

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ANSWER_SECONDS = 10.0
_TRANSFER_SECONDS = 300.0
_CHUNK = 1 << 20
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DOCKER_HUB = {"docker.io": "registry-1.docker.io"}


@dataclass(frozen=True)
class Reference:
    """An image by digest: `host/repository@sha256:...`."""

    host: str
    repository: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Parses `[host/]repository[:tag]@sha256:digest`; without a host it is Docker Hub's.

        Raises:
            LocalError: It is no reference by digest.
        """
        name, separator, digest = text.partition("@")
        if not separator or not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise LocalError(f"{text} does not name an image by digest (name@sha256:...).")
        first, slash, rest = name.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            host, repository = first, rest
        else:
            host, repository = "docker.io", name if slash else f"library/{name}"
        return cls(host, repository.partition(":")[0], digest)

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}@{self.digest}"


@dataclass
class Registry:
    """One registry.

    Attributes:
        host: `127.0.0.1:5000`, `quay.io`, ...
        timeout: Seconds to wait for an answer.
    """

    host: str
    timeout: float = ANSWER_SECONDS
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def answers(self) -> bool:
        """Returns whether a registry answers there."""
        try:
            with self._open("GET", "/v2/", "", timeout=self.timeout):
                return True
        except LocalError as error:
            return getattr(error, "status", 0) in (401, 403)

    def has(self, repository: str, digest: str, *, manifest: bool = False) -> bool:
        """Returns whether the registry has a blob or a manifest."""
        kind = "manifests" if manifest else "blobs"
        try:
            with self._open("HEAD", f"/v2/{repository}/{kind}/{digest}", repository, headers=_accept(manifest)):
                return True
        except LocalError as error:
            if getattr(error, "status", 0) == 404:
                return False
            raise

    def digest_of(self, repository: str, tag: str) -> str | None:
        """Returns the digest of the manifest that a tag names, or None."""
        try:
            with self._open("HEAD", f"/v2/{repository}/manifests/{tag}", repository, headers=_accept(True)) as answer:
                return answer.headers["Docker-Content-Digest"]
        except LocalError as error:
            if getattr(error, "status", 0) == 404:
                return None
            raise

    def manifest(self, repository: str, digest: str) -> tuple[bytes, str]:
        """Returns a manifest and its media type.

        Raises:
            LocalError: There is none, or it is another one than the digest says.
        """
        path = f"/v2/{repository}/manifests/{digest}"
        with self._open("GET", path, repository, headers=_accept(True)) as answer:
            content = answer.read()
            media_type = answer.headers.get_content_type()
        _check(content, digest, f"{self.host}/{repository}")
        return content, str(json.loads(content).get("mediaType") or media_type)

    def download(self, repository: str, digest: str, target: IO[bytes]) -> None:
        """Writes a blob into a file.

        Raises:
            LocalError: It cannot be had, or its content is not what the digest says.
        """
        hashed = hashlib.sha256()
        try:
            with self._open("GET", f"/v2/{repository}/blobs/{digest}", repository, timeout=_TRANSFER_SECONDS) as answer:
                while chunk := answer.read(_CHUNK):
                    hashed.update(chunk)
                    target.write(chunk)
        except (OSError, HTTPException) as error:
            raise LocalError(f"{self.host}: {repository} {digest} broke off: {error}") from error
        if f"sha256:{hashed.hexdigest()}" != digest:
            raise LocalError(f"{self.host}: {repository} {digest} was refused: its content has another digest.")

    def upload(self, repository: str, digest: str, content: Path | bytes) -> None:
        """Uploads a blob.

        Raises:
            LocalError: The registry refused it.
        """
        with self._open("POST", f"/v2/{repository}/blobs/uploads/", repository, body=b"") as answer:
            place = urllib.parse.urljoin(f"{self._base}/", answer.headers["Location"])
        place += ("&" if "?" in place else "?") + urllib.parse.urlencode({"digest": digest})
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        if isinstance(content, bytes):
            self._open("PUT", place, repository, body=content, headers=headers, timeout=_TRANSFER_SECONDS).close()
        else:
            with content.open("rb") as stream:
                self._open("PUT", place, repository, body=stream, headers=headers, timeout=_TRANSFER_SECONDS).close()

    def put_manifest(self, repository: str, content: bytes, media_type: str, name: str = "") -> str:
        """Stores a manifest by its digest, or by a tag; returns the digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = f"/v2/{repository}/manifests/{name or digest}"
        self._open("PUT", path, repository, body=content, headers={"Content-Type": media_type}).close()
        return digest

    @property
    def _base(self) -> str:
        host = _DOCKER_HUB.get(self.host, self.host)
        return f"{'http' if host.startswith('127.0.0.1:') else 'https'}://{host}"

    def _open(
        self,
        method: str,
        path: str,
        repository: str,
        *,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> HTTPResponse:
        url = path if "://" in path else self._base + path
        for attempt in (1, 2):
            request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))  # noqa: S310
            if repository in self._tokens:
                # Not sent on to where blobs really lie: those addresses are signed.
                request.add_unredirected_header("Authorization", f"Bearer {self._tokens[repository]}")
            try:
                return _opener(self.host).open(request, timeout=timeout or self.timeout)
            except urllib.error.HTTPError as error:
                with error:
                    challenge = error.headers.get("WWW-Authenticate", "")
                    said = error.read(2000).decode(errors="replace")
                if error.code == 401 and attempt == 1 and repository and challenge.startswith("Bearer "):
                    self._tokens[repository] = self._token(challenge)
                    continue
                raise RegistryError(
                    f"{self.host}: {method} {path} was answered with {error.code}. {said}", error.code
                ) from None
            except (OSError, HTTPException) as error:
                raise RegistryError(f"{self.host} does not answer: {getattr(error, 'reason', error)}", 0) from error
        raise RegistryError(f"{self.host}: {method} {path} was refused", 401)

    def _token(self, challenge: str) -> str:
        """Asks for the anonymous token that a public registry wants to see."""
        parts = dict(_CHALLENGE.findall(challenge))
        query = urllib.parse.urlencode({name: parts[name] for name in ("service", "scope") if name in parts})
        if not parts.get("realm", "").startswith("https://"):
            raise RegistryError(f"{self.host} asks for credentials in a way that is not supported: {challenge}", 401)
        try:
            with urllib.request.urlopen(f"{parts['realm']}?{query}", timeout=self.timeout) as answer:  # noqa: S310
                content: dict[str, Any] = json.load(answer)
        except (OSError, HTTPException, ValueError) as error:
            raise RegistryError(f"{self.host}: {parts['realm']} gave no token: {error}", 401) from error
        return str(content.get("token") or content.get("access_token") or "")


class RegistryError(LocalError):
    """A registry refused something; `status` is the HTTP status, 0 for no answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _accept(manifest: bool) -> dict[str, str]:
    return {"Accept": ", ".join(MANIFESTS)} if manifest else {}


def _check(content: bytes, digest: str, where: str) -> None:
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
        raise LocalError(f"{where}: the manifest has another digest than {digest}.")


def _opener(host: str) -> urllib.request.OpenerDirector:
    # The machine's own services are never asked through a proxy.
    handlers = [urllib.request.ProxyHandler({})] if host.startswith("127.0.0.1:") else []
    return urllib.request.build_opener(*handlers)
