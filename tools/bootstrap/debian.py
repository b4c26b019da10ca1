"""Files of Debian packages, without installing them: downloaded by the machine's own apt, which checks signatures."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.processes import output_of

Run = Callable[[Sequence[str], Mapping[str, str], Path], None]


def available(environ: Mapping[str, str]) -> bool:
    """Whether this machine has apt and dpkg."""
    return all(shutil.which(name, path=environ.get("PATH")) for name in ("apt-get", "dpkg-deb"))


def unpack(
    packages: Sequence[str],
    target: Path,
    cache: Path,
    run: Run,
    environ: Mapping[str, str],
    *,
    dependencies: bool = False,
) -> None:
    """Download packages and unpack their files into a folder.

    The package lists of the machine are used; where it has none, as in small container images, private ones are
    fetched from the same sources.

    Args:
        packages: names of Debian packages.
        target: the folder; it appears whole or not at all.
        cache: where private package lists and the downloaded packages go.
        run: runs a command with an environment in a folder, and raises BootstrapError when it fails.
        environ: the environment of the commands.
        dependencies: whether what they depend on comes with them, as far as it is not installed on this machine.

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

        def download_with(options: Sequence[str]) -> None:
            names = _with_dependencies(packages, options, environ) if dependencies else packages
            run(["apt-get", *options, "download", *names], environ, Path(download))

        try:
            download_with(sandbox)
        except BootstrapError:
            own = [*sandbox, *private_lists(cache)]
            run(["apt-get", *own, "update"], environ, Path(download))
            download_with(own)
        for package in sorted(Path(download).glob("*.deb")):
            run(["dpkg-deb", "-x", str(package), unpacked], environ, Path(download))
        content = Path(unpacked)
        shutil.rmtree(target, ignore_errors=True)
        content.rename(target)
        content.mkdir()  # for the end of the `with`
    target.chmod(0o755)


def _with_dependencies(packages: Sequence[str], options: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return what apt would install for these packages on this machine, without doing it."""
    command = ["apt-get", *options, "--simulate", "--no-install-recommends", "install", *packages]
    lines = (output_of(command, environ, seconds=120) or "").splitlines()
    wanted = [line.split()[1] for line in lines if line.startswith("Inst ")]
    if not wanted:
        raise BootstrapError(f"apt-get cannot tell what {', '.join(packages)} depend on.")
    # Those that are installed are wanted as files all the same.
    return sorted({*wanted, *packages})


def private_lists(cache: Path) -> list[str]:
    """Return options that make apt keep its lists in a folder instead of the system's, which only root may write."""
    lists = cache / "apt-lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::Lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
