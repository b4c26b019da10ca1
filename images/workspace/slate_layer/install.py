"""Installs a lock into the prefix with py-rattler: only new packages, every one checked against the lock."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from rattler import Config, LockFile, PackageCache, RepoDataRecord, ValidationMode, install
from rattler.networking import Client

from . import LayerError
from .context import Context

# Copies, not links: a link into the package cache would not survive in a layer.
_CONFIG = "allow-hard-links = false\nallow-symbolic-links = false\nallow-ref-links = false\n"
_TOKEN = Path("/run/secrets/mirror-token")


def platform() -> str:
    """Name that conda has for this machine's platform.

    Raises:
        LayerError: If Slate has no images for it.
    """
    names = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}
    machine = os.uname().machine
    if machine not in names:
        raise LayerError(f"no image for the processor {machine!r}; known: {', '.join(names)}")
    return names[machine]


def records(context: Context) -> list[RepoDataRecord]:
    """The packages in the layer's lock for this platform.

    Raises:
        LayerError: If the lock has none, or one lies in a channel that is not the layer's.
    """
    try:
        lock = LockFile.from_path(context.lock)
    except Exception as error:
        raise LayerError(f"{context.lock}: not a lock file ({error})") from error
    environment = lock.environment("default")
    wanted = next((item for item in lock.platforms() if str(getattr(item, "name", item)) == platform()), None)
    found = environment and wanted and environment.conda_repodata_records_for_platform(wanted)
    if not found:
        raise LayerError(f"{context.lock}: nothing for {platform()}; make the lock with `make lock`")
    allowed = tuple(channel.url + "/" for channel in context.channels)
    foreign = [record.url for record in found if not record.url.startswith(allowed)]
    if foreign:
        raise LayerError(f"{context.lock}: not from a channel of this layer: {', '.join(sorted(foreign))}")
    unhashed = [record.file_name for record in found if not record.sha256]
    if unhashed:
        raise LayerError(f"{context.lock}: no sha256 for {', '.join(sorted(unhashed))}")
    return list(found)


def installed(prefix: Path) -> dict[str, str]:
    """Name -> URL of the packages that the prefix has."""
    found = {}
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        record = json.loads(path.read_text())
        found[record["name"]] = record["url"]
    return found


def check_chain(below: dict[str, str], wanted: Sequence[RepoDataRecord]) -> None:
    """A layer only adds.

    Raises:
        LayerError: If the lock would remove or replace a package of the layers below.
    """
    urls = {record.url for record in wanted}
    lost = sorted(name for name, url in below.items() if url not in urls)
    if lost:
        raise LayerError(
            f"the lock would replace packages of the layer below: {', '.join(lost)}. The locks do not belong together: "
            "run `make lock`, or set `slate: {detached: true}` in the environment's file"
        )


async def install_lock(context: Context, prefix: Path, cache: Path) -> list[str]:
    """Install what the lock adds to the prefix.

    Args:
        context: The layer.
        prefix: The prefix, empty or holding the layers below.
        cache: Folder for unpacked packages; may hold those of earlier builds, each file is hashed again before use.

    Returns:
        Names of the packages that were added, sorted.
    """
    wanted = records(context)
    below = installed(prefix)
    check_chain(below, wanted)
    mirrors = "".join(f"{json.dumps(url)} = [{json.dumps(to)}]\n" for url, to in context.build_mirrors().items())
    config = Config.from_toml(f"{_CONFIG}\n[mirrors]\n{mirrors}")
    headers = {}
    if _TOKEN.is_file() and (token := _TOKEN.read_text().strip()):
        headers["Authorization"] = f"Bearer {token}"
    try:
        await install(
            wanted,
            target_prefix=prefix,
            package_cache=PackageCache.new_layered([cache], validation_mode=ValidationMode.full()),
            client=Client.from_config(config, headers=headers),
            config=config,
            execute_link_scripts=False,
            show_progress=False,
        )
    except Exception as error:
        raise LayerError(f"installing from {', '.join(context.build_mirrors().values())} failed: {error}") from error
    now = installed(prefix)
    if set(now.values()) != {record.url for record in wanted}:
        raise LayerError("the prefix does not hold what the lock says; build again without cache")
    return sorted(set(now) - set(below))
