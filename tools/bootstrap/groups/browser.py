"""A browser and its driver, for tests of what users see: those on PATH, else Debian's, unpacked and not installed."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.links import link
from tools.bootstrap.processes import output_of
from tools.bootstrap.search import files_on_path, fingerprint
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, load_record
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.versions import at_least, find_version
from tools.bootstrap.workplace import Workplace, system

BROWSER, DRIVER = "chromium", "chromedriver"
# The first whose headless mode is the browser itself and not another one (https://developer.chrome.com/docs/chromium/headless).
_RULE = at_least("112.0")
_PACKAGES = ("chromium", "chromium-driver")
# A machine without a desktop may have no fonts; what the packages bring is then used.
_STARTER = """\
#!/bin/sh
export LD_LIBRARY_PATH={libraries}
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_SYSROOT={root}
exec {program} "$@"
"""


@dataclass(frozen=True)
class BrowserGroup:
    """For Linux only."""

    name: str = "browser"
    summary: str = "a real browser, for tests"
    requires: tuple[str, ...] = ()

    def hosts(self) -> set[str]:
        """Return the download hosts to ask: none, the packages come from where the machine's other ones do."""
        return set()

    def ready(self, place: Workplace) -> bool:
        """Whether the links lead to a browser and a driver that fit, or none are wanted here."""
        if system() != "linux":
            return True
        record = load_record(_record(place))
        return (
            record.key == str(place.root)
            and record.candidates == fingerprint(place, [BROWSER, DRIVER])
            and all(_linked(place, name, record.tools.get(name)) for name in (BROWSER, DRIVER))
        )

    def install(self, task: Task) -> str:
        """Link the browser and the driver to use.

        Raises:
            BootstrapError: there are none, and Debian's packages cannot be had or do not work here.
        """
        place = task.place
        pair = _search(task) or _from_packages(task)
        place.bin.mkdir(parents=True, exist_ok=True)
        record = Record(key=str(place.root), candidates=fingerprint(place, [BROWSER, DRIVER]), tools=pair)
        for name, installed in pair.items():
            link(Path(installed.where), place.bin / name)
        record.save(_record(place))
        return f"{pair[BROWSER].state} Chromium {pair[BROWSER].version}"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of both, for `doctor`."""
        if system() != "linux":
            return []
        if not self.ready(place):
            how = f"python3 -m tools.bootstrap ensure browser  (for tests; wanted: {_RULE.text})"
            return [ToolStatus(name, "missing", "", how, self.name) for name in (BROWSER, DRIVER)]
        tools = load_record(_record(place)).tools
        return [
            ToolStatus(name, tool.state, tool.version, tool.where, self.name, [str(place.bin / name), "--version"])
            for name, tool in tools.items()
        ]


def _linked(place: Workplace, name: str, installed: Installed | None) -> bool:
    path = place.bin / name
    return installed is not None and installed.intact() and path.exists() and path.samefile(installed.where)


def _search(task: Task) -> dict[str, Installed] | None:
    """The first browser and driver on PATH that fit each other."""
    place = task.place
    drivers = {path: _version(place, path) for path in files_on_path(place, DRIVER)}
    for browser in files_on_path(place, BROWSER):
        version = _version(place, browser)
        for driver, other in drivers.items():
            # A driver works with browsers of its own major version.
            if version and other and version.partition(".")[0] == other.partition(".")[0]:
                return {
                    BROWSER: Installed.of("found", version, browser),
                    DRIVER: Installed.of("found", other, driver),
                }
        task.note(f"{browser} is not used: wanted is version {_RULE.text}, and a chromedriver of the same version")
    return None


def _from_packages(task: Task) -> dict[str, Installed]:
    place = task.place
    if not debian.available(place.environ):
        raise BootstrapError(
            "There is no Chromium with a chromedriver on PATH, and no apt-get and dpkg-deb to get Debian's with. "
            f"Install both ({_RULE.text}) with your system's package manager."
        )
    task.doing("unpacking Debian's packages")
    target = place.slate / "debian" / "chromium"
    debian.unpack(_PACKAGES, target, place.slate / "cache" / "debian", task.run, place.environ, dependencies=True)
    folders = sorted({str(path.parent) for path in target.rglob("lib*.so*")})
    found = {}
    for name, program in {BROWSER: "usr/lib/chromium/chromium", DRIVER: "usr/bin/chromedriver"}.items():
        path = target / name
        text = _STARTER.format(
            libraries=shlex.quote(":".join(folders)), root=shlex.quote(str(target)),
            program=shlex.quote(str(target / program)),
        )  # fmt: skip
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        version = _version(place, path)
        if version is None:
            raise BootstrapError(
                f"Debian's package of {name} brought none that works here and is {_RULE.text} ({path}). "
                "Install Chromium and its driver with your system's package manager."
            )
        found[name] = Installed.of("downloaded", version, path)
    return found


def _version(place: Workplace, path: Path) -> str | None:
    version = find_version(output_of([str(path), "--version"], place.environ) or "")
    return str(version) if version is not None and _RULE.accepts(version) else None


def _record(place: Workplace) -> Path:
    return place.stamps / "browser.json"
