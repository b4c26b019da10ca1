"""What a node leaves behind is removed, and what is another node's is not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.node import leftovers, network
from tools.node.layout import Layout
from tools.node.network import Addresses

pytestmark = pytest.mark.node


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout.of(tmp_path / "node")
    made.claim()
    made.prepare()
    return made


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    """Addresses that nobody has, with their interface."""
    with network.choosing(lambda: None):  # a node that starts meanwhile would choose the same ones
        found = network.choose(None, network.taken_networks())
        ip("link", "add", found.interface, "type", "veth", "peer", "name", f"{found.interface}p")
        yield found
        if exists(found):
            ip("link", "del", found.interface)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def exists(addresses: Addresses) -> bool:
    return (Path("/sys/class/net") / addresses.interface).exists()


def test_its_own_interface_is_removed(layout: Layout, addresses: Addresses):
    ip("link", "set", addresses.interface, "alias", layout.group)

    leftovers.remove(layout, addresses)

    assert not exists(addresses)


@pytest.mark.parametrize("alias", ["slate-node-00000000", ""])
def test_the_interface_of_another_clones_node_stays(layout: Layout, addresses: Addresses, alias: str):
    ip("link", "set", addresses.interface, "alias", alias)

    leftovers.remove(layout, addresses)

    assert exists(addresses)
