"""Downloads official releases: the checksum file first, then the file, which is used only if both agree."""

import contextlib
import hashlib
import http.client
import os
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from tools.bootstrap.checksums import expected_sha256
from tools.bootstrap.errors import DownloadError, HostUnavailableError
from tools.bootstrap.reachability import Reachability, reason

ANSWER_SECONDS = 3.0
STALL_SECONDS = 10.0
# A download that is slower than this after a while takes longer than a build, which needs no such luck.
_SLOW_AFTER_SECONDS = 30.0
_SLOWEST_BYTES_PER_SECOND = 200_000
_CHUNK = 1 << 18
_LARGEST_CHECKSUM_FILE = 1 << 20


@dataclass(frozen=True)
class Release:
    """One published file: where it lies, where its checksum lies, and what it holds."""

    host: str  # a key of reachability.HOSTS
    path: str
    checksum_host: str
    checksum_path: str
    members: Mapping[str, str] = field(default_factory=dict)  # tool -> path in the archive; none: the file is the tool

    @property
    def name(self) -> str:
        """The file's base name, as checksum files list it."""
        return PurePosixPath(self.path).name

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that must answer."""
        return tuple(dict.fromkeys((self.checksum_host, self.host)))


@dataclass(frozen=True)
class Downloader:
    """Downloads releases within one run."""

    hosts: Reachability
    report: Callable[[int, int], None]  # is told the bytes so far, and in all (0 when unknown)
    check: Callable[[], None] = lambda: None  # is called between pieces and may raise to stop

    def install(self, release: Release, tool: str, directory: Path) -> list[Path]:
        """Download a release, verify it and put its tools into a folder; each appears whole or not at all.

        Args:
            release: what to download.
            tool: the file's name in the folder, if the release is no archive.
            directory: where the tools go.

        Returns:
            The files that were installed.

        Raises:
            HostUnavailableError: a host does not answer.
            DownloadError: the file does not exist, breaks off, or its checksum is wrong.
        """
        for host in release.hosts:
            problem = self.hosts.problem(host)
            if problem:
                raise HostUnavailableError(f"{self.hosts.host(host)}: {problem}")
        checksum_url = f"{self.hosts.base(release.checksum_host)}/{release.checksum_path}"
        expected = expected_sha256(self._text(checksum_url, release.checksum_host), release.name, checksum_url)
        directory.mkdir(parents=True, exist_ok=True)
        partial = directory / f".{release.name}.{os.getpid()}.tmp"
        try:
            url = f"{self.hosts.base(release.host)}/{release.path}"
            actual = self._save(url, release.host, partial)
            if actual != expected:
                raise DownloadError(
                    f"{url} was refused: its SHA-256 sum is {actual}, but {checksum_url} says {expected}"
                )
            if not release.members:
                return [_publish(partial, directory / tool)]
            return _extract(partial, release, directory)
        finally:
            partial.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _opened(self, url: str, host: str, seconds: float) -> Iterator[http.client.HTTPResponse]:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as response:  # noqa: S310 - set by us or the user
                yield response
        except urllib.error.HTTPError as error:
            with error:
                raise DownloadError(f"{url} answered {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.hosts.failed(host, reason(error))
            raise DownloadError(f"{url}: {reason(error)}") from error

    def _text(self, url: str, host: str) -> str:
        deadline = time.monotonic() + STALL_SECONDS
        content = b""
        with self._opened(url, host, ANSWER_SECONDS) as response:
            while piece := response.read1(_CHUNK):
                content += piece
                if len(content) > _LARGEST_CHECKSUM_FILE:
                    raise DownloadError(f"{url} is too large for a checksum file")
                if time.monotonic() > deadline:
                    raise TimeoutError
        return content.decode("utf-8", errors="replace")

    def _save(self, url: str, host: str, target: Path) -> str:
        digest = hashlib.sha256()
        begin = time.monotonic()
        done = 0
        with self._opened(url, host, STALL_SECONDS) as response, target.open("wb") as file:
            total = int(response.headers.get("Content-Length") or 0)
            while piece := response.read1(_CHUNK):
                self.check()
                digest.update(piece)
                file.write(piece)
                done += len(piece)
                self.report(done, total)
                elapsed = time.monotonic() - begin
                if elapsed > _SLOW_AFTER_SECONDS and done / elapsed < _SLOWEST_BYTES_PER_SECOND:
                    self.hosts.failed(host, "too slow")
                    raise DownloadError(f"{url}: too slow ({done / elapsed / 1000:.0f} kB/s)")
            if total and done != total:
                raise DownloadError(f"{url} broke off after {done} of {total} bytes")
        return digest.hexdigest()


def _extract(archive: Path, release: Release, directory: Path) -> list[Path]:
    installed = []
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for tool, member in release.members.items():
                source = tar.extractfile(member)
                if source is None:
                    raise DownloadError(f"{release.name}: {member} is not a file")
                installed.append(_write(source, directory / tool))
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise DownloadError(f"{release.name} cannot be unpacked: {error}") from error
    return installed


def _write(source: IO[bytes], target: Path) -> Path:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            while piece := source.read(_CHUNK):
                file.write(piece)
        return _publish(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _publish(temporary: Path, target: Path) -> Path:
    temporary.chmod(0o755)
    temporary.replace(target)
    return target
