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
        if channel.origin.startswith("file:") and not local_path(channel.origin).is_dir():
            raise UpstreamError(f"cannot read the channels {channel.name} ({channel.origin}): there is no such folder")
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
