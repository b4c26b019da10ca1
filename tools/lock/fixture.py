"""The fixture channel's locks, which every machine makes for itself: the packages are built there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from services.conda_mirror.channels import ChannelSource
from tools import fixture_channel
from tools.fixture_channel import FixtureChannel
from tools.fixture_channel.inputs import supported_pythons
from tools.lock.errors import LockError
from tools.lock.options import Options


def fixture_options(slate: Path, report: Callable[[str], None], environ: Mapping[str, str] | None = None) -> Options:
    """Return what the fixture's locks are made with, building the channel first if it is not there yet.

    Raises:
        LockError: the channel cannot be built; the text says why.
    """
    try:
        channel = fixture_channel.ensure(slate, report, environ)
    except fixture_channel.FixtureChannelError as error:
        raise LockError(str(error)) from error
    return options_of(channel, slate)


def options_of(channel: FixtureChannel, slate: Path) -> Options:
    """Return what the locks of a channel that is ready are made with."""
    source = ChannelSource(fixture_channel.NAME, fixture_channel.URL, channel.path.as_uri())
    return Options(
        channels=(source,),
        out=slate / "locks" / fixture_channel.NAME,
        platforms=(channel.platform,),
        virtual={"glibc": channel.glibc},
        pythons={wanted: channel.python(wanted) for wanted in supported_pythons()},
        content=channel.key,
        cache=slate / "cache" / "repodata",
    )


def on_fixture(options: Options, fixture: Options) -> Options:
    """Return options with the first channel, and all that it decides, as the fixture is now; the rest stays."""
    return replace(
        options,
        channels=(*fixture.channels, *options.channels[1:]),
        platforms=fixture.platforms,
        virtual=fixture.virtual,
        pythons=fixture.pythons,
        content=fixture.content,
        cache=fixture.cache,
    )
