"""Checksum files of releases."""

import re

from tools.bootstrap.errors import DownloadError

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def expected_sha256(text: str, name: str, source: str) -> str:
    """Return the SHA-256 sum that a checksum file gives for a file.

    Args:
        text: the checksum file: either one sum alone, or lines of sum and file name.
        name: the file's base name.
        source: where the checksum file is from, for the message.

    Raises:
        DownloadError: the file holds no sum for this name.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) == 1 and _SHA256.fullmatch(lines[0][0]):
        return lines[0][0].lower()
    for words in lines:
        # A star before the name marks binary mode in the output of sha256sum.
        if len(words) == 2 and _SHA256.fullmatch(words[0]) and words[1].lstrip("*").removeprefix("./") == name:
            return words[0].lower()
    raise DownloadError(f"the checksum file {source} has no SHA-256 sum for {name}")
