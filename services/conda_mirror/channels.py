"""Channels: the name that a site uses, the URL that locks record, and where the bytes really come from."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

PLATFORMS = ("linux-64", "linux-aarch64")
"""Platforms that the mirror can take packages for; `noarch` comes along with each."""
NOARCH = "noarch"


@dataclass(frozen=True)
class ChannelSource:
    """A trusted channel. In a list of them the order is the priority, highest first.

    Attributes:
        name: Folder of the channel on the mirror, e.g. `conda-forge`.
        url: Canonical URL. Locks record it, clients map it to the mirror.
        source: `http(s)://` or `file://` URL that the bytes come from, if not `url`.
    """

    name: str
    url: str
    source: str | None = None

    @property
    def canonical(self) -> str:
        """The canonical URL without a trailing slash."""
        return self.url.rstrip("/")

    @property
    def origin(self) -> str:
        """Where metadata and packages are read from, without a trailing slash."""
        return (self.source or self.url).rstrip("/")

    def package_url(self, subdir: str, file_name: str) -> str:
        """The canonical URL of a package, as a lock records it."""
        return f"{self.canonical}/{subdir}/{file_name}"


def channel_problem(url: str) -> str | None:
    """What is wrong with the URL of a channel, or None."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "file"):
        return f"`{url}` must start with https://, http:// or file://"
    if parts.username or parts.password:
        return "the URL holds a user or password; put credentials into the file that RATTLER_AUTH_FILE or NETRC names"
    if parts.scheme != "file" and not parts.hostname:
        return f"`{url}` names no host"
    if parts.query or parts.fragment:
        return f"`{url}` must not have a query or fragment"
    return None


def local_path(url: str) -> Path:
    """The path of a `file://` URL."""
    return Path(unquote(urlsplit(url).path))
