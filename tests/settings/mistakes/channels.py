"""Conda channels."""

from tests.settings.examples import drop, put
from tests.settings.mistakes.table import Mistake

TEAM = "conda.upstreamChannels[1] (team)"

CHANNELS = [
    Mistake(
        "channel misspelled",
        put("conda.upstreamChannels[0]", "conda-forg"),
        "conda.upstreamChannels[0]",
        '"conda-forg"',
        "conda-forge or fixture, or a mapping",
        "did you mean conda-forge?",
    ),
    Mistake(
        "known channel by its address",
        put("conda.upstreamChannels[0]", "https://conda.anaconda.org/conda-forge/"),
        "conda.upstreamChannels[0]",
        "anaconda.org",
        "conda-forge or fixture",
        "write conda-forge",
    ),
    Mistake(
        "channel of Anaconda",
        put("conda.upstreamChannels[0]", "defaults"),
        "conda.upstreamChannels[0]",
        '"defaults"',
        "conda-forge",
        "use conda-forge",
        "must pay for",
    ),
    Mistake(
        "channel with credentials",
        put("conda.upstreamChannels[1].url", "https://me:hunter2@example.com/c"),
        f"{TEAM}.url",
        "(not shown)@example.com",
        "without credentials",
        "remove them",
    ),
    Mistake(
        "channel's source no URL",
        put("conda.upstreamChannels[1].source", "/srv/conda"),
        f"{TEAM}.source",
        '"/srv/conda"',
        "https, http or file URL",
        "https://mirror.example.org",
    ),
    Mistake(
        "channel without address",
        drop("conda.upstreamChannels[1].url"),
        f"{TEAM}.url",
        None,
        "https URL",
        "add the key url",
    ),
    Mistake(
        "channel's key misspelled",
        put("conda.upstreamChannels[1].sorce", "https://a.example.com"),
        f"{TEAM}.sorce",
        None,
        "name, url, source",
        "did you mean source?",
    ),
    Mistake(
        "channel with a reserved name",
        put("conda.upstreamChannels[1].name", "latest"),
        "conda.upstreamChannels[1] (latest).name",
        '"latest"',
        "a short name",
        "latest-channel",
    ),
    Mistake(
        "channel twice",
        put("conda.upstreamChannels[1].name", "conda-forge"),
        "conda.upstreamChannels[1] (conda-forge).name",
        '"conda-forge"',
        "each channel name once",
        "change the name",
    ),
    Mistake(
        "no channel",
        put("conda.upstreamChannels", []),
        "conda.upstreamChannels",
        "an empty list",
        "at least one channel",
        "add a channel",
    ),
]
