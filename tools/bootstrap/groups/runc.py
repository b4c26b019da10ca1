"""runc, which runs containers of the real node and steps of images: one on PATH, else built, else Debian's package.

The build is of the pinned Go module and needs a C compiler. It is linked statically with Debian's libseccomp, so that
it runs wherever the node is. Debian 12's own runc is 1.1.5: everything works with it but user namespaces.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.gobuild import Target, build
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.processes import output_of
from tools.bootstrap.search import files_on_path
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.versions import at_least, find_version
from tools.bootstrap.workplace import Workplace, system

RUNC = "github.com/opencontainers/runc"
# Has user namespaces, and the fixes of CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881.
_RULE = at_least("1.3.3")
_OLDEST = at_least("1.1.5")
_COMPILERS = ("gcc", "cc")
_PACKAGE = "runc"
_SECCOMP = ("libseccomp-dev", "libseccomp2")
_TAGS = ("-tags", "seccomp,netgo,osusergo")


@dataclass(frozen=True)
class RuncGroup(NativeGroup):
    """For Linux only: elsewhere images are built by a Docker engine, and there is no real node."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return runc."""
        del missing, place
        return [Target("runc", RUNC, _TAGS, (("main.version", module_version(self.module, RUNC)),))]

    def ready(self, place: Workplace) -> bool:
        """Whether the link leads to a runc that fits, or none is wanted here."""
        return system() != "linux" or super().ready(place)

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of runc, for `doctor`."""
        return super().statuses(place) if system() == "linux" else []

    def searched(self) -> list[str]:
        """Return the programs on PATH that decide: with a compiler there is more to choose from."""
        return [*super().searched(), *_COMPILERS]

    def obtain(self, tool: NativeTool, task: Task, old: Record, record: Record) -> None:
        """Look for runc; where it cannot be built, take Debian's package.

        Raises:
            BootstrapError: there is none, and no Debian package of it can be had.
        """
        super().obtain(tool, task, old, record)
        if tool.name in record.tools:
            return
        why_not = _no_build(task.place)
        if why_not:
            task.note(f"runc is not built, {why_not}: with Debian's, pools have no user namespaces")
            record.tools[tool.name] = self.take(_from_package(task), task.place)

    def build(self, task: Task, missing: Sequence[str]) -> tuple[str, Mapping[str, Path]]:
        """Build runc with a C compiler and Debian's libseccomp."""
        place = task.place
        seccomp = place.slate / "debian" / "libseccomp"
        if not seccomp.is_dir():
            task.doing("unpacking Debian's libseccomp")
            debian.unpack(_SECCOMP, seccomp, place.slate / "cache" / "debian", task.run, place.environ)
        # The folders by the compiler's own variables: flags would be kept in Go's build cache, which clones share.
        variables = {
            "CGO_ENABLED": "1",
            "CGO_LDFLAGS": "-static -lseccomp",
            "CPATH": str(seccomp / "usr" / "include"),
            "LIBRARY_PATH": str(next(path.parent for path in sorted(seccomp.rglob("libseccomp.a")))),
            "PKG_CONFIG": str(_no_pkg_config(seccomp)),
        }
        version, _, files = build(task, self.module, self.targets(missing, place), missing, variables)
        return version, files


def runc_group(place: Workplace) -> RuncGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/runc"
    tool = NativeTool("runc", module_version(module, RUNC), rule=_RULE)
    return RuncGroup("runc", "runs containers, and the steps of an image build", module, (tool,))


def _no_build(place: Workplace) -> str | None:
    if not any(True for name in _COMPILERS for _ in files_on_path(place, name)):
        return "there is no C compiler"
    return None if debian.available(place.environ) else "there is no apt-get to get libseccomp with"


def _no_pkg_config(folder: Path) -> Path:
    """Answers in place of pkg-config, which small systems lack: all that is needed is in variables."""
    path = folder / "pkg-config"
    path.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _from_package(task: Task) -> Installed:
    place = task.place
    if not debian.available(place.environ):
        raise BootstrapError(
            "There is no runc on PATH, and no apt-get and dpkg-deb to get Debian's with. Install runc "
            f"({_RULE.text}) with your system's package manager."
        )
    task.doing("unpacking Debian's package")
    target = place.slate / "debian" / _PACKAGE
    debian.unpack([_PACKAGE], target, place.slate / "cache" / "debian", task.run, place.environ)
    path = target / "usr" / "sbin" / "runc"
    version = _version(place, path) if path.is_file() else None
    if version is None:
        raise BootstrapError(
            f"Debian's package {_PACKAGE} brought no runc that works here and is {_OLDEST.text} ({path}). It needs "
            "libseccomp2; or install runc with your system's package manager."
        )
    return Installed.of("downloaded", version, path)


def _version(place: Workplace, path: Path) -> str | None:
    version = find_version(output_of([os.fspath(path), "--version"], place.environ) or "")
    return str(version) if version is not None and _OLDEST.accepts(version) else None
