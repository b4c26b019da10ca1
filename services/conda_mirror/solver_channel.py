"""A channel as the solver reads it."""

from collections.abc import Sequence
from typing import Any

from services.conda_mirror.admission import Admit
from services.conda_mirror.channels import ChannelSource, local_path
from services.conda_mirror.errors import UpstreamError
from services.conda_mirror.records import from_native


class SolverChannel:
    """A channel for the solver: filtered, and with canonical URLs whatever it is read from.

    It follows the library's protocol for sources of one's own and is given the library's objects, so that the library
    itself is imported in one place only.
    """

    def __init__(self, channel: ChannelSource, origin: Any, gateway: Any, admit: Admit | None) -> None:
        _must_exist(channel)
        self._channel = channel
        self._origin = origin
        self._gateway = gateway
        self._admit = admit

    async def query(self, platforms: Sequence[Any], name: str) -> list[Any]:
        """The channel's packages of a name."""
        found = await self._gateway.query(
            [self._origin], platforms, [name], recursive=False, channel_relations="disabled"
        )
        records = [record for source in found for record in source]
        for record in records:
            # A `base_url` or absolute URL in repodata would lead elsewhere; a lock names the channel alone.
            record.url = self._channel.package_url(record.subdir, record.file_name)
            record.channel = self._channel.canonical
        return records

    async def fetch_package_records(self, platform: Any, name: Any) -> list[Any]:
        """The library asks for the packages of a name."""
        records = await self.query([platform], name.normalized)
        return [record for record in records if self._admit is None or self._admit(from_native(record))]

    def package_names(self, platform: Any) -> list[str]:  # noqa: ARG002 - the library's protocol
        """The library asks for all names only to complete partial ones, which we do not use."""
        return []


async def package_names(channel: ChannelSource, origin: Any, gateway: Any, platforms: Sequence[str]) -> set[str]:
    """The names of a channel's packages.

    Raises:
        UpstreamError: The channel cannot be read; the message has its address and the cause.
    """
    _must_exist(channel)
    try:
        found = await gateway.names([origin], list(platforms), channel_relations="disabled")
    except Exception as problem:
        # The library tells each step on a line of its own; what was tried and what went wrong are the first and last.
        causes = [line.removeprefix("Caused by: ") for line in str(problem).splitlines() if line.strip()]
        raise UpstreamError(unreadable([channel], ": ".join(dict.fromkeys([*causes[:1], *causes[-1:]])))) from None
    return {name.normalized for name in found}


def unreadable(channels: Sequence[ChannelSource], problem: Exception | str) -> str:
    """The message for channels that cannot be read."""
    places = ", ".join(f"{channel.name} ({channel.origin})" for channel in channels)
    return f"cannot read the channels {places}: {problem}"


def _must_exist(channel: ChannelSource) -> None:
    if channel.origin.startswith("file:") and not local_path(channel.origin).is_dir():
        raise UpstreamError(unreadable([channel], "there is no such folder"))
