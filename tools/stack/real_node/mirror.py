"""The conda mirror of a stack with a real node: in the cluster, filled from the one beside it. Pure functions.

Images are built before anything runs in the cluster, so they are built from the mirror on this machine. The one in the
cluster is a copy of it, which workspaces read: pods have no way to the internet, and what is on the machine is closed
to them. The image of its programs is the platform's, built here with the others.
"""

from collections.abc import Mapping
from typing import Any

from settings import Settings

CONDA, IMAGES = "slate:conda", "slate:images"


def with_mirror(config: Mapping[str, Any], settings: Settings, mirror: str, address: str) -> dict[str, Any]:
    """Return the sections of a stack file that change; none if the stack's mirror is not the one on this machine.

    Args:
        config: The settings as the stack file has them.
        settings: What they say.
        mirror: Address of the mirror on this machine, `http://127.0.0.1:port`; empty: there is none.
        address: The node's address, from which the same port leads to it.
    """
    if settings.conda.mirror != "local" or not mirror or not address:
        return {}
    port = mirror.rstrip("/").rpartition(":")[2]
    channels = [
        {"name": channel.name, "url": channel.url, "source": f"http://{address}:{port}/latest/{channel.name}"}
        for channel in settings.conda.upstream_channels
    ]
    # What it holds can be had again from the other one, so nothing of it needs to be protected.
    changed = {"mirror": "cluster", "upstreamChannels": channels, "protected": False}
    return {
        CONDA: {**(config.get(CONDA) or {}), **changed},
        IMAGES: {**(config.get(IMAGES) or {}), "mirrorUrl": mirror},
    }
