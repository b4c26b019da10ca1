"""A browser and its driver, for tests of what users see: those on PATH, else Debian's, unpacked and not installed."""

import shlex
from dataclasses import dataclass

from tools.bootstrap.debian_group import DebianGroup
from tools.bootstrap.search import files_on_path
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed
from tools.bootstrap.versions import Rule, at_least

BROWSER, DRIVER = "chromium", "chromedriver"
# The first whose headless mode is the browser itself and not another one (https://developer.chrome.com/docs/chromium/headless).
_RULE = at_least("112.0")
_FILES = {BROWSER: "usr/lib/chromium/chromium", DRIVER: "usr/bin/chromedriver"}
# A machine without a desktop may have no fonts; what the packages bring is then used.
_STARTER = """\
#!/bin/sh
export LD_LIBRARY_PATH={libraries}
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_SYSROOT={root}
exec {program} "$@"
"""


@dataclass(frozen=True)
class BrowserGroup(DebianGroup):
    """See the module."""

    name: str = "browser"
    summary: str = "a real browser, for tests"
    title: str = "Chromium"
    programs: tuple[str, ...] = (BROWSER, DRIVER)
    rule: Rule = _RULE
    purpose: str = "for tests; "

    def search(self, task: Task) -> dict[str, Installed] | None:
        """Return the first browser and driver on PATH that fit each other."""
        place = task.place
        drivers = {path: self.version(place, path) for path in files_on_path(place, DRIVER)}
        for browser in files_on_path(place, BROWSER):
            version = self.version(place, browser)
            for driver, other in drivers.items():
                # A driver works with browsers of its own major version.
                if version and other and version.partition(".")[0] == other.partition(".")[0]:
                    return {
                        BROWSER: Installed.of("found", version, browser),
                        DRIVER: Installed.of("found", other, driver),
                    }
            task.note(f"{browser} is not used: wanted is {self.rule.text}, and a chromedriver of the same version")
        return None

    def from_packages(self, task: Task) -> dict[str, Installed]:
        """Unpack Debian's; they are started with the libraries and fonts beside them."""
        target = self.unpack(task, ("chromium", "chromium-driver"), dependencies=True)
        folders = sorted({str(path.parent) for path in target.rglob("lib*.so*")})
        libraries, root = shlex.quote(":".join(folders)), shlex.quote(str(target))
        found = {}
        for name, file in _FILES.items():
            starter = _STARTER.format(libraries=libraries, root=root, program=shlex.quote(str(target / file)))
            found[name] = self.unpacked(task.place, target / name, starter)
        return found
