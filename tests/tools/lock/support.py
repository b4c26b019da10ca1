"""A site with a tiny channel, whose packages are records alone: a lock needs no more."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.rattler import read_lock
from services.conda_mirror.records import Record
from tools.lock import LockSet, Options, make

URL = "https://slate.invalid/tiny"
TODAY = date(2026, 11, 25)

Package = tuple[str, str, Sequence[str]]

# Python at 3.10 and 3.12, and packages of which some exclude each other.
PACKAGES: list[Package] = [
    ("python", "3.10.13", ()),
    ("python", "3.12.1", ()),
    ("pip", "26.3", ("python >=3.9",)),
    ("tool", "1.0", ("python >=3.10",)),
    ("numeric", "1.26", ("python >=3.10,<3.12",)),
    ("numeric", "2.2", ("python >=3.10",)),
    ("kernel", "7.0", ("python >=3.10", "tool")),
    ("lab", "4.6", ("python >=3.10", "kernel", "jinja_like >=3")),
    ("jinja_like", "3.1", ("python >=3.10",)),
    ("jinja_like", "2.0", ("python >=3.10",)),
    ("old-science", "1.0", ("python >=3.10", "numeric <2")),
    ("gpu-model", "1.0", ("python >=3.10", "__cuda >=12")),
    ("future", "1.0", ("__glibc >=99",)),
    ("copyleft", "1.0", ("python >=3.10",)),
    ("web-client", "2.0", ("python >=3.10",)),
]
LICENCES = {"copyleft": "AGPL-3.0-only", "web-client": "MIT OR AGPL-3.0-only", "python": "Python-2.0"}

LAYERS = {
    "base": ["python", "pip", "tool"],
    "common": ["numeric"],
    "environment": ["lab"],
    "requiredImports": {"base": ["tool"], "common": ["numeric"]},
    "platforms": ["linux-64"],
    "virtualPackages": {"glibc": "2.36", "linux": "5.15"},
}


def write_channel(folder: Path, packages: Sequence[Package], subdirs: Sequence[str] = ("linux-64",)) -> None:
    """Write a channel's index."""
    for subdir in (*subdirs, "noarch"):
        records = {}
        for name, version, depends in packages if subdir != "noarch" else ():
            file = f"{name}-{version}-0.conda"
            records[file] = {
                "build": "0",
                "build_number": 0,
                "depends": list(depends),
                "license": LICENCES.get(name, "BSD-3-Clause"),
                "name": name,
                "sha256": hashlib.sha256(f"{subdir}/{file}".encode()).hexdigest(),
                "size": 1,
                "subdir": subdir,
                "timestamp": 1735689600000,
                "version": version,
            }
        (folder / subdir).mkdir(parents=True, exist_ok=True)
        content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(content))


@dataclass
class Site:
    """Source files, a channel and the folder of its locks."""

    folder: Path
    said: list[str] = field(default_factory=list)

    @property
    def channel(self) -> Path:
        return self.folder / "channel"

    @property
    def locks(self) -> Path:
        return self.folder / "locks"

    @property
    def options(self) -> Options:
        return Options(
            channels=(ChannelSource("tiny", URL, self.channel.as_uri()),),
            out=self.locks,
            environments=self.folder / "environments",
            layers=self.folder / "layers.yml",
            platform=self.folder / "platform.yml",
            cache=self.folder / "cache",
            mend="make lock CHANNEL=tiny",
        )

    def layers(self, **changes: Any) -> None:
        """Write layers.yml."""
        (self.folder / "layers.yml").write_text(yaml.safe_dump({**LAYERS, **changes}))

    def environment(self, name: str, *packages: str, **slate: Any) -> Path:
        """Write an environment file."""
        path = self.folder / "environments" / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        content = {"name": name, "dependencies": ["lab", *packages], "slate": {"python": "3.10", **slate}}
        path.write_text(yaml.safe_dump(content))
        return path

    def packages(self, packages: Sequence[Package] = PACKAGES, **more: Any) -> None:
        """Write the channel."""
        write_channel(self.channel, packages, **more)

    def make(self, **changes: Any) -> LockSet:
        """Make the locks."""
        return make(replace(self.options, **changes), self.said.append, TODAY)

    def records(self, layer: str, platform: str = "linux-64") -> Mapping[str, Record]:
        """The packages of a lock by name."""
        found = read_lock(self.locks / f"{layer}.lock").records(platform)
        return {record.name: record for record in found}

    def versions(self, layer: str, platform: str = "linux-64") -> dict[str, str]:
        """The versions of a lock's packages by name."""
        return {name: record.version for name, record in self.records(layer, platform).items()}

    def index(self) -> dict[str, Any]:
        """The content of locks.json."""
        return json.loads((self.locks / "locks.json").read_text())

    def content(self) -> dict[str, bytes]:
        """All files of the locks."""
        return {path.name: path.read_bytes() for path in self.locks.iterdir() if path.name != ".lock"}
