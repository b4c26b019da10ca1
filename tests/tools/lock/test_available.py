"""What no channel has is named as such, with the file that asks for it."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml

from services.conda_mirror.channels import ChannelSource
from tests.tools.lock.support import URL, Site, write_channel
from tools.lock import LockError


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/tiny"


def refused(site: Site, **changes: object) -> str:
    with pytest.raises(LockError) as raised:
        site.make(**changes)
    return str(raised.value)


def test_a_name_that_no_channel_has(site: Site) -> None:
    site.environment("science", "numerics")

    text = refused(site)

    assert "environments/science.yml: no package is called `numerics` in the channel tiny (linux-64)" in text
    assert "Did you mean `numeric`?" in text
    assert "--more-channels" in text
    assert "wheels.in" not in text
    assert "versions" not in text


def test_a_name_unlike_any_other_has_no_suggestion(site: Site) -> None:
    site.environment("science", "zzzzzz")

    assert "Did you mean" not in refused(site)


def test_all_names_are_told_at_once_each_with_the_file_that_asks(site: Site) -> None:
    site.layers(common=["numeric", "kernels"])
    site.environment("science", "web-clint", detached=True)

    text = refused(site)

    assert text.count("no package is called `kernels`") == 1
    assert "layers.yml: no package is called `kernels`" in text
    assert "environments/science.yml: no package is called `web-clint`" in text


def test_the_fixture_s_packages_are_listed(site: Site) -> None:
    site.environment("science", "numerics")
    fixture = ChannelSource("fixture", URL, site.channel.as_uri())

    text = refused(site, channels=(fixture,))

    assert "tools/fixture_channel/wheels.in" in text
    assert "docs/environments.md" in text


def test_a_name_of_a_second_channel_is_known_and_suggested(site: Site) -> None:
    write_channel(site.folder / "second", [("extra", "1.0", ("python",))])
    second = ChannelSource("second", "https://slate.invalid/second", (site.folder / "second").as_uri())
    channels = (*site.options.channels, second)
    site.environment("science", "extra")

    site.make(channels=channels)
    site.environment("science", "extras")

    assert "any of the channels tiny, second (linux-64). Did you mean `extra`?" in refused(site, channels=channels)
    assert "extra" in site.versions("science")


def test_a_package_manager_that_the_channel_lacks_is_told_as_the_option(site: Site) -> None:
    assert refused(site, package_manager="mamba").startswith("--package-manager: no package is called `mamba`")


def test_a_python_that_the_channel_lacks_is_told_with_the_file_that_asks(site: Site) -> None:
    path = site.environment("old", python="3.9")

    text = refused(site)

    assert f"{path}: Python 3.9 is not in the channel tiny (linux-64), which has 3.10, 3.12." in text
    assert 'python: "3.12"' in text
    assert "layers.yml" not in text


def test_a_python_that_the_channel_lacks_for_the_platform(site: Site) -> None:
    path = site.folder / "platform.yml"
    path.write_text(yaml.safe_dump({"name": "platform", "dependencies": ["tool"], "slate": {"python": "3.14"}}))

    assert refused(site).startswith(f"{path}: Python 3.14 is not in")


def test_a_channel_that_cannot_be_reached_is_named_with_what_to_do(site: Site, nobody: str) -> None:
    text = refused(site, channels=(ChannelSource("tiny", nobody),))

    assert f"tiny ({nobody})" in text
    assert "refused" in text
    assert "HTTPS_PROXY" in text
    assert "python -m tools.lock make --channel tiny --source URL" in text
    assert "coalesced" not in text
    assert not site.locks.exists()


def test_the_second_channel_that_cannot_be_reached_is_the_one_that_is_named(site: Site, nobody: str) -> None:
    text = refused(site, channels=(*site.options.channels, ChannelSource("second", nobody)))

    assert f"second ({nobody})" in text
    assert "tiny (" not in text


def test_a_folder_that_is_no_channel_is_no_matter_of_the_network(site: Site) -> None:
    source = replace(site.options.channels[0], source=(site.folder / "nowhere").as_uri())

    text = refused(site, channels=(source,))

    assert "there is no such folder" in text
    assert "HTTPS_PROXY" not in text


def test_a_failure_leaves_the_locks_there_are(site: Site) -> None:
    site.make()
    before = site.content()
    site.environment("default", "numerics")

    refused(site)

    assert site.content() == before
