"""A package as the rest of the repository sees it: plain values, with the canonical URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_ENVIRONMENT = "default"


@dataclass(frozen=True)
class Record:
    """One package of a channel.

    Attributes:
        name: Normalised package name.
        version: Version as text.
        build: Build string, e.g. `py310h5eaa309_0`.
        build_number: Build number.
        subdir: `linux-64`, `linux-aarch64` or `noarch`.
        file_name: Name of the archive, e.g. `numpy-2.2.6-py310h5eaa309_0.conda`.
        url: Canonical URL: below the channel's canonical URL, never a mirror's or a local one.
        channel: The channel's canonical URL without a trailing slash.
        sha256: Hexadecimal, or None where upstream gives none.
        md5: Hexadecimal, or None.
        size: Bytes of the archive, or None.
        licence: Licence expression as upstream records it, or None.
        depends: Match specs that must hold in the environment.
        constrains: Match specs that must hold for packages that happen to be installed.
        timestamp: Build time in milliseconds since 1970, or None.
        noarch: `python`, `generic` or None.
        native: The library's own record; only `services.conda_mirror.rattler` looks inside.
    """

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    file_name: str
    url: str
    channel: str
    sha256: str | None
    md5: str | None
    size: int | None
    licence: str | None
    depends: tuple[str, ...]
    constrains: tuple[str, ...]
    timestamp: int | None
    noarch: str | None
    native: Any = field(repr=False, compare=False, hash=False)

    @property
    def label(self) -> str:
        """Name, version and build, as conda prints them: `numpy=2.2.6=py310h5eaa309_0`."""
        return f"{self.name}={self.version}={self.build}"


def from_native(native: Any) -> Record:
    """The library's record of a package in a channel as plain values."""
    noarch = native.noarch
    return Record(
        name=native.name.normalized,
        version=str(native.version),
        build=str(native.build),
        build_number=native.build_number,
        subdir=native.subdir,
        file_name=native.file_name,
        url=native.url,
        channel=(native.channel or "").rstrip("/"),
        sha256=native.sha256.hex() if native.sha256 else None,
        md5=native.md5.hex() if native.md5 else None,
        size=native.size,
        licence=native.license,
        depends=tuple(native.depends),
        constrains=tuple(native.constrains),
        timestamp=round(native.timestamp.timestamp() * 1000) if native.timestamp else None,
        noarch="python" if noarch.python else None if noarch.none else "generic",
        native=native,
    )


@dataclass(frozen=True)
class Lock:
    """What a lock file says.

    Attributes:
        environments: Environment name -> platform -> packages in the order to install them in.
        channels: Canonical channel URLs of each environment, without trailing slashes.
        virtual: Virtual packages of each platform.
    """

    environments: Mapping[str, Mapping[str, tuple[Record, ...]]]
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    virtual: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def records(self, platform: str, environment: str = DEFAULT_ENVIRONMENT) -> tuple[Record, ...]:
        """Packages of an environment for a platform; empty where the lock has none."""
        return self.environments.get(environment, {}).get(platform, ())
