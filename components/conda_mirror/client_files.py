"""What makes conda and pip ask the mirror alone: the address of each channel, `.condarc` and pip's configuration.

Source: conda's documentation, "Using the .condarc conda configuration file"; pip's, "Configuration".
"""

from collections.abc import Mapping, Sequence

import yaml

from components.addresses import latest
from components.conda_mirror.args import ChannelArgs


def channel_urls(channels: Sequence[ChannelArgs], base: str) -> dict[str, str]:
    """Address of each channel on a mirror, by the channel's name, in order of trust.

    Args:
        channels: The channels.
        base: The mirror's address, such as `http://conda-mirror.slate-system.svc:8100`.
    """
    return {channel["name"]: f"{latest(base)}/{channel['name']}" for channel in channels}


def condarc(channels: Sequence[ChannelArgs], base: str) -> str:
    """The rules of conda and its kin.

    A package comes from the first channel that has its name (strict priority). Nothing but these channels may be used,
    whatever a user's own file or command says (allowlist); `defaults` is empty, as it would lead to Anaconda's paid
    channels; and a channel's bare name means the mirror's.
    """
    urls: Mapping[str, str] = channel_urls(channels, base)
    rules = {
        "channels": list(urls.values()),
        "channel_priority": "strict",
        "default_channels": [],
        "channel_alias": latest(base),
        "allowlist_channels": list(urls.values()),
        "show_channel_urls": True,
        "notify_outdated_conda": False,
        "auto_update_conda": False,
    }
    return yaml.safe_dump(rules, sort_keys=False)


def pip_configuration(index_url: str | None = None) -> str:
    """The rules of pip: a private index if there is one, else none at all. It never asks the internet.

    Args:
        index_url: Address of a private index.
    """
    source = f"index-url = {index_url}" if index_url else "no-index = true"
    return f"[global]\n{source}\ndisable-pip-version-check = true\n"
