"""Puts the platform's own files, the layer's records and the configuration of conda and pip into the image."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from . import EPOCH, LayerError
from .context import Channel, Context

RECORDS = {
    "layer.json": "layer.json",
    "layer.lock": "layer.lock",
    "layer.explicit.txt": "explicit.txt",
    "layer.environment.yml": "environment.yml",
    "layer.cdx.json": "sbom.cdx.json",
}
"""Files of the context -> their names in `/opt/slate/layers/<layer>`."""


def condarc(channels: tuple[Channel, ...]) -> str:
    """Configuration of conda: the mirror's channels in strict order, and nothing else.

    `#!final` keeps conda from merging a user's own lists into these.
    """
    alias = channels[0].mirror.rsplit("/", 1)[0] if channels else ""
    lines = "".join(f"  - {channel.mirror}{' #!top' if index == 0 else ''}\n" for index, channel in enumerate(channels))
    allowed = "".join(f"  - {channel.mirror}\n" for channel in channels)
    return f"""\
# Written with the image: packages come from the platform's mirror only.
channels:
{lines}allowlist_channels: #!final
{allowed}default_channels: [] #!final
channel_alias: {alias} #!final
channel_priority: strict #!final
override_channels_enabled: true
envs_dirs:
  - ~/.slate/envs
pkgs_dirs:
  - ~/.slate/pkgs
notify_outdated_conda: false
number_channel_notices: 0
report_errors: false
auto_activate_base: false
"""


def pip_configuration(index: str | None) -> str:
    """Configuration of pip: the given index, or none at all."""
    source = f"index-url = {index}" if index else "no-index = true"
    return f"[global]\n{source}\ndisable-pip-version-check = true\n"


def activation(prefix: Path) -> dict[str, str]:
    """What the packages' activation scripts would set (CUDA, GDAL, compilers need it).

    An image needs no `conda activate`: the start program puts these into the environment.

    Raises:
        LayerError: If a script fails.
    """
    scripts = sorted((prefix / "etc/conda/activate.d").glob("*.sh"))
    if not scripts:
        return {}
    base = {"PATH": f"{prefix}/bin:/usr/bin:/bin", "CONDA_PREFIX": str(prefix), "HOME": "/nonexistent", "LC_ALL": "C"}
    code = 'for script in "$@"; do . "$script" >&2 || exit 1; done; exec env -0'
    run = subprocess.run(
        ["/bin/bash", "--norc", "-c", code, "activate", *map(str, scripts)],
        env=base, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise LayerError(f"an activation script of a package failed: {run.stderr.strip()[-500:]}")
    after = dict(item.split("=", 1) for item in run.stdout.split("\0") if "=" in item)
    shell = {"_", "PWD", "OLDPWD", "SHLVL"}
    return {key: value for key, value in sorted(after.items()) if base.get(key) != value and key not in shell}


class Writer:
    """Writes files with fixed owner, mode and time, and remembers the folders whose time must be fixed as well."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.touched: set[Path] = set()

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Write a file, unless it is there with the same content."""
        target = self.root / path.lstrip("/")
        if target.is_file() and not target.is_symlink() and target.read_bytes() == content:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)
        self._touch(target)

    def link(self, path: str, to: str) -> None:
        """Make a symbolic link."""
        target = self.root / path.lstrip("/")
        target.unlink(missing_ok=True)
        target.symlink_to(to)
        self._touch(target)

    def _touch(self, target: Path) -> None:
        self.touched.add(target)
        self.touched.update(parent for parent in target.parents if parent.is_relative_to(self.root))

    def settle(self) -> None:
        """Fix owners and times; nothing may be written afterwards."""
        for path in self.touched:
            os.chown(path, 0, 0, follow_symlinks=False)
            if path.is_dir() and not path.is_symlink() and path != self.root:
                path.chmod(0o755)
            os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)


def write_files(context: Context, root: Path, prefix: Path) -> Writer:
    """Write everything that is not a package.

    Args:
        context: The layer; its folder `root/` holds the platform's files by their paths in the image.
        root: The image's root folder.
        prefix: The conda prefix.
    """
    writer = Writer(root)
    given = context.folder / "root"
    for source in sorted(given.rglob("*")) if given.is_dir() else ():
        if source.is_file() and "__pycache__" not in source.parts:
            path = source.relative_to(given)
            writer.write(str(path), source.read_bytes(), 0o755 if path.parent.name == "bin" else 0o644)
    records = f"opt/slate/layers/{context.layer}"
    for name, to in RECORDS.items():
        source = context.folder / name
        if not source.is_file():
            raise LayerError(f"the build context lacks {name}")
        writer.write(f"{records}/{to}", source.read_bytes())
    writer.write("etc/conda/.condarc", condarc(context.channels).encode())
    writer.write("etc/pip.conf", pip_configuration(context.pip_index).encode())
    if context.environment:
        variables = json.dumps(activation(prefix), sort_keys=True, indent=1) + "\n"
        writer.write(f"{records}/activation.json", variables.encode())
        writer.link("opt/slate/environment", f"layers/{context.layer}")
    return writer


def check(program: Path, home: Path, user: int = 1000) -> str:
    """Run the full health check as the image's user.

    Returns:
        Its one line.

    Raises:
        LayerError: If it finds a fault.
    """
    home.mkdir(parents=True, exist_ok=True)
    os.chown(home, user, 0)
    run = subprocess.run(
        [str(program), "--full"], capture_output=True, text=True, check=False, user=user, group=0, extra_groups=[],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}, cwd="/",
    )  # fmt: skip
    shutil.rmtree(home / ".cache", ignore_errors=True)
    if run.returncode:
        raise LayerError(f"the image is not healthy: {run.stdout.strip()} {run.stderr.strip()[-2000:]}")
    return run.stdout.strip()
