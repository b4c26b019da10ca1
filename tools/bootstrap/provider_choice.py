"""Which kubernetes provider is used: upstream's where it can be had, else the offline one of this repository."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.releases import Release
from tools.bootstrap.requirements import pinned
from tools.bootstrap.versions import Version, find_version, parse_version, same_major
from tools.bootstrap.workplace import Workplace, architecture, system

BINARY = "pulumi-resource-kubernetes"
VARIABLE = "SLATE_KUBERNETES_PROVIDER"
_PLUGIN = re.compile(r"resource-kubernetes-v(\d+\.\d+\.\d+)")


@dataclass(frozen=True)
class Upstream:
    """An upstream provider that is on this machine already."""

    version: str
    binary: Path


def wanted_version(place: Workplace) -> str:
    """Return the version that the Python SDK in requirements/runtime.txt asks for."""
    return pinned(place.requirements / "runtime.txt", "pulumi-kubernetes")


def offline_directory(place: Workplace) -> Path:
    """Return the source folder of the offline provider."""
    return place.root / "tools" / "offline" / "kubernetes_provider"


def forced_offline(place: Workplace) -> bool:
    """Whether the user asks for the offline provider even where upstream's can be had."""
    return place.environ.get(VARIABLE, "") == "offline"


def upstream_on_machine(place: Workplace) -> Upstream | None:
    """Return the provider that the user names, or else the best one among the user's Pulumi plugins.

    Raises:
        BootstrapError: the user names a file that cannot be used.
    """
    named = place.environ.get(VARIABLE, "")
    if named and not forced_offline(place):
        return _named(named)
    wanted = wanted_version(place)
    rule = same_major(wanted)
    fitting = [plugin for plugin in _user_plugins(place) if rule.accepts(plugin[0])]
    if forced_offline(place) or not fitting:
        return None
    exact = [plugin for plugin in fitting if plugin[0] == parse_version(wanted)]
    version, binary = (exact or sorted(fitting))[-1]
    return Upstream(str(version), binary)


def candidates(place: Workplace) -> list[list[str | int]]:
    """Return what changes whenever another provider could be chosen."""
    result: list[list[str | int]] = [[place.environ.get(VARIABLE, ""), 0, 0]]
    for _, binary in sorted(_user_plugins(place)):
        status = binary.stat()
        result.append([str(binary), status.st_size, status.st_mtime_ns])
    return result


def release(place: Workplace) -> Release:
    """Return the published provider."""
    version = wanted_version(place)
    return Release(
        host="pulumi",
        path=f"releases/plugins/{BINARY}-v{version}-{system()}-{architecture()}.tar.gz",
        checksum_host="github",
        checksum_path=f"pulumi/pulumi-kubernetes/releases/download/v{version}/"
        f"pulumi-kubernetes_{version}_checksums.txt",
        members={BINARY: BINARY},
    )


def _named(text: str) -> Upstream:
    binary = Path(text).expanduser()
    if not binary.is_file() or not os.access(binary, os.X_OK):
        raise BootstrapError(
            f"{VARIABLE}={text} is not an executable file. Give the path of a {BINARY} binary, "
            "or 'offline' for the provider of this repository, or unset it to choose by itself."
        )
    version = find_version(binary.resolve().parent.name)
    return Upstream(str(version) if version else "version unknown", binary.absolute())


def _user_plugins(place: Workplace) -> Iterator[tuple[Version, Path]]:
    homes = [place.environ.get("PULUMI_HOME", "")]
    if place.environ.get("HOME"):
        homes.append(f"{place.environ['HOME']}/.pulumi")
    for home in dict.fromkeys(homes):
        if not home or Path(home).absolute() == place.pulumi_home:
            continue
        try:
            folders = sorted((Path(home) / "plugins").iterdir())
        except OSError:
            continue
        for folder in folders:
            match = _PLUGIN.fullmatch(folder.name)
            binary = folder / BINARY
            if match and os.access(binary, os.X_OK) and binary.is_file():
                yield parse_version(match[1]), binary
