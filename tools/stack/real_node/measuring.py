"""The Prometheus of a stack with a real node: it runs on the machine, and status page and report ask it from pods."""

from collections.abc import Mapping
from typing import Any

from settings import Settings

SERVICE_LEVELS = "slate:serviceLevels"


def with_prometheus(config: Mapping[str, Any], settings: Settings, address: str, port: int) -> dict[str, Any]:
    """Return the section of a stack file that changes; none if the stack has a Prometheus of its own.

    Args:
        config: The settings as the stack file has them.
        settings: What they say.
        address: The node's address, from which the port leads to the machine; empty: it has none yet.
        port: Prometheus' port; 0: nothing measures.
    """
    if settings.service_levels.prometheus.url is not None or not address or not port:
        return {}
    levels = config.get(SERVICE_LEVELS) or {}
    prometheus = {**(levels.get("prometheus") or {}), "url": f"http://{address}:{port}"}
    return {SERVICE_LEVELS: {**levels, "prometheus": prometheus}}
