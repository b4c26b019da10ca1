"""Makes the base image once, and finds it again as long as nothing that goes into it has changed."""

import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.workplace import architecture
from tools.cluster.files import lock, write_atomically
from tools.debian_base import rootfs, sources
from tools.debian_base.errors import DebianError
from tools.debian_base.image import write_image
from tools.debian_base.layer import write_layer
from tools.debian_base.record import read_packages
from tools.paths import ROOT

PACKAGES = ROOT / "images" / "debian" / "packages.txt"
# All times in the image: 2025-01-01. Any fixed value does; the layers above use the same.
EPOCH = 1735689600
_RECORD = "packages.json"
_KEPT = 2


@dataclass(frozen=True)
class DebianImage:
    """A made image: an OCI image layout in a folder, the manifest's digest (`sha256:...`), and its package record."""

    directory: Path
    digest: str

    @property
    def record(self) -> Path:
        """JSON: the release, and every package with version and sha256."""
        return self.directory / _RECORD


def ensure(
    slate: Path, report: Callable[[str], None] = print, *, packages: Path = PACKAGES, fresh: bool = False
) -> DebianImage:
    """Return the base image; makes it if there is none of this package list made by this code.

    Newer versions of packages do not count: an image that is there stays the one until `fresh` asks for a new one.

    Args:
        slate: the clone's `.slate`; the image goes to `cache/debian-base`.
        report: is told what happens.
        packages: the package list.
        fresh: whether to make it in any case, with the newest versions.

    Raises:
        DebianError: it cannot be made here.
    """
    wanted = package_list(packages)
    cache = slate / "cache" / "debian-base"

    def waiting() -> None:
        report("Debian base: waiting for another command that makes it")

    with lock(cache / "lock", waiting, lambda: cache.mkdir(parents=True, exist_ok=True)):
        target = cache / _key(wanted)
        image = None if fresh else _load(target)
        return image or _make(wanted, target, slate, report)


def package_list(path: Path) -> tuple[str, ...]:
    """Return the names in a package list, sorted; text after `#` is a comment.

    Raises:
        DebianError: the file cannot be read or names nothing.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DebianError(f"{path} cannot be read: {error.strerror}.") from error
    names = sorted({line.partition("#")[0].strip() for line in lines} - {""})
    if not names:
        raise DebianError(f"{path} names no package.")
    return tuple(names)


def _key(packages: tuple[str, ...]) -> str:
    digest = hashlib.sha256("\n".join([platform.machine(), *packages]).encode())
    for name in ("layer.py", "image.py", "rootfs.py", "base.py"):
        digest.update(hashlib.sha256((Path(__file__).parent / name).read_bytes()).digest())
    return digest.hexdigest()[:20]


def _load(directory: Path) -> DebianImage | None:
    try:
        index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
        image = DebianImage(directory, str(index["manifests"][0]["digest"]))
        return image if image.record.is_file() else None
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def _make(packages: tuple[str, ...], target: Path, slate: Path, report: Callable[[str], None]) -> DebianImage:
    began = time.monotonic()
    origin = sources.find(os.environ)
    report(f"Debian base: making it from packages of {origin.release}, about a minute, once")
    for leftover in target.parent.glob("new-*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="new-") as name:
        work = Path(name)
        archive, listed = rootfs.make(
            origin, packages, work, slate=slate, epoch=EPOCH, report=lambda line: report(f"Debian base: {line}")
        )
        report("Debian base: packing the layer")
        made = work / "image"
        made.mkdir()
        layer = write_layer(archive, made / "layer", EPOCH)
        installed = read_packages(listed)
        versions = json.dumps(installed, separators=(",", ":"))
        labels = {
            "org.opencontainers.image.title": "slate/debian",
            "org.opencontainers.image.version": origin.release,
            "dev.slate.packages.sha256": hashlib.sha256(versions.encode()).hexdigest(),
        }
        digest = write_image(made, layer, architecture(), EPOCH, labels)
        record = {"release": origin.release, "digest": digest, "packages": installed}
        write_atomically(made / _RECORD, json.dumps(record, indent=1) + "\n", 0o644)
        shutil.rmtree(target, ignore_errors=True)
        made.replace(target)
    _drop_old(target)
    size = layer.size / 1e6
    report(
        f"Debian base: {len(installed)} packages, {layer.files} files, {size:.0f} MB, {digest[:19]}, "
        f"made in {time.monotonic() - began:.0f} s"
    )
    return DebianImage(target, digest)


def _drop_old(newest: Path) -> None:
    """Keep this image and the one before: what the registry holds does not depend on these files."""
    others = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
