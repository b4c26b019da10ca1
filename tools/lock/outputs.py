"""The files of a lock that are not the lock itself."""

from collections.abc import Sequence

import yaml

from services.conda_mirror.records import Record


def explicit(records: Sequence[Record]) -> str:
    """Return the list that an image is installed from: `<url>#sha256:<hex>`, in the order to install them in."""
    return "".join(f"{record.url}#sha256:{record.sha256}\n" for record in records)


def manifest(name: str, channels: Sequence[str], records: Sequence[Record]) -> str:
    """Return the packages in the form of `conda env export --no-builds`.

    Args:
        name: of the environment.
        channels: their names, in order of priority.
        records: the packages.
    """
    content = {
        "name": name,
        "channels": list(channels),
        "dependencies": sorted(f"{record.name}={record.version}" for record in records),
    }
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=False, width=1000)
