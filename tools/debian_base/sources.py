"""Where Debian's packages come from: the sources that this machine's own apt uses, and of those only Debian's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.debian_base.errors import DebianError

VARIABLE = "SLATE_DEBIAN_SOURCES"
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
_ADVICE = (
    "The base image is made on a Debian machine. Elsewhere set images.debian of the stack to an image by digest, or "
    f"{VARIABLE} to a file with lines such as `deb [signed-by=/path/to/debian-archive-keyring.gpg] URI SUITE main`."
)


@dataclass(frozen=True)
class Sources:
    """Package sources in apt's one-line format, and the release that they are of."""

    release: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The content of a sources.list."""
        return "".join(f"{line}\n" for line in self.lines)


def find(environ: Mapping[str, str], etc: Path = Path("/etc")) -> Sources:
    """Return the sources to use.

    Args:
        environ: may name a file with sources (SLATE_DEBIAN_SOURCES).
        etc: the machine's configuration.

    Raises:
        DebianError: there are none.
    """
    given = environ.get(VARIABLE, "")
    if given:
        return _from_file(Path(given))
    system = _os_release(etc / "os-release")
    release = system.get("VERSION_CODENAME", "")
    if system.get("ID") != "debian" or not release:
        raise DebianError(f"This machine runs {system.get('PRETTY_NAME') or 'no Debian'}. {_ADVICE}")
    suites = {release, f"{release}-updates", f"{release}-security"}
    lines = tuple(dict.fromkeys(line for suite, line in _entries(etc / "apt") if suite in suites))
    if not lines:
        raise DebianError(f"{etc / 'apt'} has no package source for {release}. {_ADVICE}")
    return Sources(release, lines)


def _from_file(path: Path) -> Sources:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DebianError(f"{path} ({VARIABLE}) cannot be read: {error}. {_ADVICE}") from error
    found = list(_one_line(text))
    if not found:
        raise DebianError(f"{path} ({VARIABLE}) has no line of a package source. {_ADVICE}")
    return Sources(found[0][0], tuple(line for _, line in found))


def _entries(directory: Path) -> Iterator[tuple[str, str]]:
    listed = directory / "sources.list.d"
    for path in (directory / "sources.list", *sorted(listed.glob("*.list")), *sorted(listed.glob("*.sources"))):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            yield from _stanzas(text) if path.suffix == ".sources" else _one_line(text)


def _one_line(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        match = _ONE_LINE.match(line.partition("#")[0].strip())
        if match and "main" in match["components"].split():
            kept = [word for word in (match["options"] or "").split() if word.startswith("signed-by=")]
            yield match["suite"], _line(kept, match["uri"], match["suite"])


def _stanzas(text: str) -> Iterator[tuple[str, str]]:
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or "main" not in fields.get("components", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        key = fields.get("signed-by", "")
        options = [f"signed-by={key}"] if key.startswith("/") else []  # else the key itself is in the file
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield suite, _line(options, uri, suite)


def _line(options: list[str], uri: str, suite: str) -> str:
    written = f"[{' '.join(options)}] " if options else ""
    return f"deb {written}{uri} {suite} main"


def _os_release(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
