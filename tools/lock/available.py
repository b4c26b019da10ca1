"""What the channels have, so that a name or a Python that is in none of them is not told as a conflict of versions."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.errors import MirrorError
from tools import fixture_channel
from tools.lock.errors import LockError
from tools.lock.plan import Layer
from tools.lock.work import Work

_SUGGESTIONS = 3


class Available:
    """The channels of a run, each asked once for the names of its packages."""

    def __init__(self, work: Work, repodata: rattler.Repodata) -> None:
        self._work = work
        self._repodata = repodata
        self._names: dict[tuple[ChannelSource, str], set[str]] = {}

    async def require(self, layer: Layer) -> None:
        """Check that the channels have packages of all names that a layer asks for, and its Python.

        Raises:
            LockError: they have not, or a channel cannot be read. The text names the file that asks, and for names
                everything that the other files ask for in vain, too.
        """
        try:
            if any([await self._missing(layer, platform) for platform in self._work.platforms]):
                raise LockError(await self._told())
            if layer.parent is None:
                for platform in self._work.platforms:
                    await self._require_python(layer, platform)
        except MirrorError as error:
            raise LockError(advice(error, layer.channels)) from None

    async def _has(self, channel: ChannelSource, platform: str) -> set[str]:
        if (channel, platform) not in self._names:
            self._names[channel, platform] = await self._repodata.names(channel, platform)
        return self._names[channel, platform]

    async def _missing(self, layer: Layer, platform: str) -> list[str]:
        known: set[str] = set().union(*[await self._has(channel, platform) for channel in layer.channels])
        return [name for spec in layer.specs if (name := rattler.spec_name(spec)) not in known]

    async def _told(self) -> str:
        # A layer asks for all that those below ask for: a name belongs to the first file.
        told: dict[str, str] = {}
        of_fixture = False
        for layer in self._work.chain:
            for platform in self._work.platforms:
                for name in await self._missing(layer, platform):
                    if name not in told:
                        told[name] = await self._line(layer, platform, name)
                        of_fixture |= any(channel.name == fixture_channel.NAME for channel in layer.channels)
        mend = "Mend the name, or add a channel that has the package (--more-channels)."
        if of_fixture:
            mend = (
                "The fixture channel's packages are listed in tools/fixture_channel/wheels.in; docs/environments.md "
                "(The fixture channel) says how to add one."
            )
        return "\n".join([*told.values(), f"  {mend}"])

    async def _line(self, layer: Layer, platform: str, name: str) -> str:
        known = sorted(set().union(*[await self._has(channel, platform) for channel in layer.channels]))
        near = difflib.get_close_matches(name, known, _SUGGESTIONS)
        suggestion = f" Did you mean {' or '.join(f'`{other}`' for other in near)}?" if near else ""
        # The package manager is an option and stands in no file.
        asks = "--package-manager" if name == self._work.options.package_manager else _place(layer.path)
        return f"{asks}: no package is called `{name}` in {_list(layer.channels)} ({platform}).{suggestion}"

    async def _require_python(self, layer: Layer, platform: str) -> None:
        records, _ = await rattler.matching(layer.channels, "python", platform, cache=self._repodata)
        minors = {tuple(int(part) for part in record.version.split(".")[:2]) for record in records}
        has = [".".join(str(number) for number in minor) for minor in sorted(minors)]
        if layer.python in has:
            return
        users = [
            _place(user.path)
            for user in self._work.chain
            if user.kind in ("environment", "platform") and user.python == layer.python
        ]
        raise LockError(
            f"{', '.join(users)}: Python {layer.python} is not in {_list(layer.channels)} ({platform}), which has "
            f'{", ".join(has)}. Set `slate: {{python: "{has[-1]}"}}` in the file, or another one of these.'
        )


def advice(error: MirrorError, channels: Sequence[ChannelSource]) -> str:
    """Return the text of an error about channels that cannot be read, and what to do about it."""
    first = channels[0].name
    again = f"python -m tools.lock make --channel {first} --source URL"
    if any(not channel.origin.startswith("file:") for channel in channels):
        return (
            f"{error}\n  Is the network there? Behind a proxy, set HTTPS_PROXY. Where the address cannot be reached, "
            f"read a mirror or a copy of the\n  channel, with https://... or file:///... as URL: {again}\n"
            "  Otherwise try again later."
        )
    if first == fixture_channel.NAME:
        return f"{error}\n  The fixture channel is built here. Build it again: python -m tools.fixture_channel build"
    return f"{error}\n  See that the folder is a channel, or name another place: {again}"


def _list(channels: Sequence[ChannelSource]) -> str:
    names = ", ".join(channel.name for channel in channels)
    return f"the channel {names}" if len(channels) == 1 else f"any of the channels {names}"


def _place(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
