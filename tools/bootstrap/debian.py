"""Files of Debian packages, without installing them: downloaded by the machine's own apt, which checks signatures."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bootstrap.errors import BootstrapError

Run = Callable[[Sequence[str], Mapping[str, str], Path], None]


def available(environ: Mapping[str, str]) -> bool:
    """Whether this machine has apt and dpkg."""
    return all(shutil.which(name, path=environ.get("PATH")) for name in ("apt-get", "dpkg-deb"))


def unpack(packages: Sequence[str], target: Path, cache: Path, run: Run, environ: Mapping[str, str]) -> None:
    """Download packages (those that are named, not what they depend on) and unpack their files into a folder.

    The package lists of the machine are used; where it has none, as in small container images, private ones are
    fetched from the same sources.

    Args:
        packages: names of Debian packages.
        target: the folder; it appears whole or not at all.
        cache: where private package lists and the downloaded packages go.
        run: runs a command with an environment in a folder, and raises BootstrapError when it fails.
        environ: the environment of the commands.

    Raises:
        BootstrapError: apt cannot download them.
    """
    cache.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=cache, prefix="download-") as download,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as unpacked,
    ):
        # As root apt would drop to a user of its own, which may not write here, and warn about it.
        sandbox = ["-o", "APT::Sandbox::User=root"]
        try:
            run(["apt-get", *sandbox, "download", *packages], environ, Path(download))
        except BootstrapError:
            own = [*sandbox, *private_lists(cache)]
            run(["apt-get", *own, "update"], environ, Path(download))
            run(["apt-get", *own, "download", *packages], environ, Path(download))
        for package in sorted(Path(download).glob("*.deb")):
            run(["dpkg-deb", "-x", str(package), unpacked], environ, Path(download))
        content = Path(unpacked)
        shutil.rmtree(target, ignore_errors=True)
        content.rename(target)
        content.mkdir()  # for the end of the `with`
    target.chmod(0o755)


def private_lists(cache: Path) -> list[str]:
    """Return options that make apt keep its lists in a folder instead of the system's, which only root may write."""
    lists = cache / "apt-lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::Lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
