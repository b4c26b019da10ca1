"""A fresh root file system from Debian's packages, made by mmdebstrap, which leaves apt to resolve and check them."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.processes import Children
from tools.debian_base.errors import DebianError
from tools.debian_base.sources import Sources

Report = Callable[[str], None]
# Settings of the machine's apt that are needed to reach its sources; the rest of its settings stay out.
_SETTINGS = re.compile(r"^Acquire::(https?::(Proxy|Verify|CaInfo)|https?::Proxy::|Retries|Check-)", re.IGNORECASE)
_PROGRAMS = ("apt-get", "apt-cache", "dpkg", "dpkg-deb", "perl", "setpriv", "tar", "unshare")
# Messages of mmdebstrap that say what it does now; the others are for its authors.
_STEPS = re.compile(r"^I: ((running apt-get|downloading|extracting|installing|creating|cleaning) .*)$")
# Mounts and processes are in namespaces of their own, which end with us, even when we are killed.
_ALONE = ("setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--propagation=private", "--pid", "--fork")
_ALONE += ("--kill-child", "--mount-proc")
# $1 is the new root file system; apt's lists are still there, and are asked what was installed.
_RECORD = (
    'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-cache show --no-all-versions'
    ' $(dpkg-query --admindir="$1/var/lib/dpkg" --show --showformat="\\${Package}\\n") > "$SLATE_PACKAGE_RECORD"'
)


def check_machine(environ: Mapping[str, str]) -> None:
    """Say what this machine lacks.

    Raises:
        DebianError: root's rights or programs are missing.
    """
    if os.geteuid() != 0:
        raise DebianError("The Debian base image is made by root only (it needs a chroot). Run it as root.")
    missing = [name for name in _PROGRAMS if shutil.which(name, path=environ.get("PATH")) is None]
    if missing:
        raise DebianError(
            f"The Debian base image needs {', '.join(missing)}, which this machine does not have. Install it, or set "
            "images.debian of the stack to an image by digest."
        )


def make(
    sources: Sources, packages: Sequence[str], directory: Path, *, slate: Path, epoch: int, report: Report
) -> tuple[Path, Path]:
    """Make the file system as a tar archive.

    Args:
        sources: where packages come from.
        packages: names, besides the essential ones.
        directory: an empty folder to work in; mounts below it are never seen outside.
        slate: the clone's `.slate`, for mmdebstrap itself.
        epoch: times that the installation itself sets, in seconds since 1970.
        report: is told what happens.

    Returns:
        The archive, and a file with apt's entries of every package installed.

    Raises:
        DebianError: it cannot be made.
    """
    environ = dict(os.environ)
    check_machine(environ)
    log = slate / "logs" / "debian-base.log"
    log.unlink(missing_ok=True)
    program = _mmdebstrap(slate, log, environ)
    archive, record, lists = directory / "root.tar", directory / "packages", directory / "sources.list"
    lists.write_text(sources.text, encoding="utf-8")
    environ |= {
        "SOURCE_DATE_EPOCH": str(epoch),
        "TMPDIR": str(directory),
        "SLATE_PACKAGE_RECORD": str(record),
        "LC_ALL": "C.UTF-8",
        "PATH": os.pathsep.join([str(program.parent), environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]),
    }
    command = [
        *_ALONE,
        *("perl", str(program), "--mode=root", "--format=tar", "--variant=essential"),
        # A merged /usr by links, as on any Debian, instead of by a package that wants all of Perl for it.
        f"--hook-dir={program.parent.parent / 'share/mmdebstrap/hooks/maybe-merged-usr'}",
        f"--include={','.join(packages)}",
        "--aptopt=APT::Install-Recommends false",
        *(f"--aptopt={setting}" for setting in _apt_settings(environ)),
        "--dpkgopt=force-unsafe-io",
        f"--customize-hook={_RECORD}",
        *(sources.release, str(archive), str(lists)),
    ]

    def step(line: str) -> None:
        match = _STEPS.match(line)
        if match:
            report(match[1].rstrip("."))

    _run(command, environ, directory, log, step)
    return archive, record


def _mmdebstrap(slate: Path, log: Path, environ: Mapping[str, str]) -> Path:
    found = shutil.which("mmdebstrap", path=environ.get("PATH"))
    if found:
        return Path(found)
    target = slate / "debian" / "mmdebstrap"
    program = target / "usr" / "bin" / "mmdebstrap"
    if not program.is_file():
        debian.unpack(
            ["mmdebstrap"],
            target,
            slate / "cache" / "debian",
            lambda command, variables, folder: _run(command, variables, folder, log),
            environ,
        )
    return program


def _apt_settings(environ: Mapping[str, str]) -> list[str]:
    answer = subprocess.run(
        ["apt-config", "dump", "--no-empty", "--format=%f %v%n", "Acquire"],
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    pairs = (line.partition(" ") for line in answer.stdout.splitlines() if _SETTINGS.match(line))
    return [f'{name} "{value}"' for name, _, value in pairs]


def _run(
    command: Sequence[str],
    environ: Mapping[str, str],
    directory: Path,
    log: Path,
    on_line: Callable[[str], None] = lambda _: None,
) -> None:
    try:
        code = Children().run(command, log=log, directory=directory, environ=environ, on_line=on_line)
    except OSError as error:
        raise DebianError(f"{command[0]} cannot be started: {error.strerror or error}") from error
    if code:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        last = "\n".join(f"  {line[:300]}" for line in lines)
        # For debian.unpack, which tries another way after a BootstrapError.
        raise _CommandError(f"{command[0]} ended with exit code {code}. The end of {log}:\n{last}")


class _CommandError(DebianError, BootstrapError):
    """A command has failed."""
