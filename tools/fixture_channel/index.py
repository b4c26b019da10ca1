"""Writes the channel's index from the packages' records."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import zstandard

from tools.fixture_channel.package import COMPRESSION_LEVEL


def write_index(channel: Path, records: Iterable[Mapping[str, Any]], platform: str) -> None:
    """Write `repodata.json` and `repodata.json.zst` of a channel with one platform and `noarch`.

    Args:
        channel: the channel's folder.
        records: what `write_package` returned for each package.
        platform: such as `linux-64`.
    """
    by_platform: dict[str, dict[str, Any]] = {platform: {}, "noarch": {}}
    for record in records:
        by_platform[record["subdir"]][f"{record['name']}-{record['version']}-{record['build']}.conda"] = record
    for subdir, packages in by_platform.items():
        folder = channel / subdir
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "info": {"subdir": subdir},
            "packages": {},
            "packages.conda": packages,
            "removed": [],
            "repodata_version": 1,
        }
        text = json.dumps(content, indent=1, sort_keys=True).encode()
        (folder / "repodata.json").write_bytes(text)
        (folder / "repodata.json.zst").write_bytes(zstandard.ZstdCompressor(COMPRESSION_LEVEL).compress(text))
