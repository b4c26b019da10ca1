"""Packages that are asked for by name: from locks, from explicit lists, from a solver."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.errors import LockFileError
from services.conda_mirror.records import Record
from services.conda_mirror.snapshots import SEGMENT

LINE = re.compile(r"(?P<url>[a-z]+://[^\s#]+)#sha256:(?P<sha256>[0-9a-f]{64})")
ENDINGS = (".conda", ".tar.bz2")


@dataclass(frozen=True)
class Wanted:
    """A package that is asked for.

    Attributes:
        url: Its canonical URL.
        sha256: What its content must be; None where whoever asks does not know.
        why: Who asks, for messages.
    """

    url: str
    sha256: str | None
    why: str

    @property
    def subdir(self) -> str:
        """Folder of the channel."""
        return self.url.rsplit("/", 2)[-2]

    @property
    def file_name(self) -> str:
        """Name of the archive."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def parts(self) -> tuple[str, str, str]:
        """Name, version and build, as the archive's name has them."""
        stem = next((self.file_name.removesuffix(end) for end in ENDINGS if self.file_name.endswith(end)), "")
        name, version, build = ([*stem.rsplit("-", 2), "", ""])[:3]
        return name, version, build

    @property
    def label(self) -> str:
        """As conda prints a package: `numpy=2.2.6=py310h5eaa309_0`."""
        return "=".join(self.parts)

    def channel(self, channels: Sequence[ChannelSource]) -> ChannelSource | None:
        """The channel of the list that the URL is on, or None."""
        for channel in channels:
            if self.url == channel.package_url(self.subdir, self.file_name):
                return channel if SEGMENT.fullmatch(self.file_name) and all(self.parts) else None
        return None


def from_record(record: Record, why: str) -> Wanted:
    """A package of a lock or of a solution."""
    return Wanted(record.url, record.sha256, why)


def read_explicit(path: Path) -> Iterator[Wanted]:
    """Read an explicit list: a URL a line, with `#sha256:` and the hash; `@EXPLICIT` and comments are skipped.

    Raises:
        LockFileError: A line is something else.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise LockFileError(f"{path}: cannot be read: {problem}") from None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#") or text == "@EXPLICIT":
            continue
        match = LINE.fullmatch(text)
        if not match:
            raise LockFileError(
                f"{path}: line {number}: `{text[:120]}` is not `<URL>#sha256:<64 hexadecimal digits>`; "
                "`conda list --explicit --sha256` and `make lock` write such lists"
            )
        yield Wanted(match["url"], match["sha256"], str(path))
