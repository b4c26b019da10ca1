import ipaddress
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.node.errors import NodeError
from tools.node.network import CHOICES, Addresses, choose, choosing, taken_networks


@given(st.sampled_from(CHOICES), st.sampled_from(CHOICES))
def test_nodes_of_two_clones_share_no_address_and_no_name(one, other):
    first, second = Addresses(one), Addresses(other)

    shared = ipaddress.ip_network(first.pods).overlaps(ipaddress.ip_network(second.pods))

    assert shared == (one == other)
    assert (first.interface == second.interface) == (one == other)
    assert len(first.interface) <= 15
    assert {ipaddress.ip_address(first.machine), ipaddress.ip_address(first.node)} == set(
        ipaddress.ip_network(first.link).hosts()
    )


def test_the_addresses_of_the_last_start_are_kept_while_they_are_free():
    assert choose(7, ["192.168.0.0/16"]) == Addresses(7)
    assert choose(7, ["10.245.7.0/24"]) == Addresses(0)
    assert choose(None, ["172.30.0.0/30", "10.245.1.128/25"]) == Addresses(2)
    assert choose(1000, []) == Addresses(0)


def test_a_machine_without_a_free_network_says_what_to_do():
    with pytest.raises(NodeError, match="ip route"):
        choose(None, ["172.16.0.0/12"])


def test_routes_of_the_machine_are_read_but_for_the_default_one(tmp_path):
    table = tmp_path / "route"
    table.write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "veth\t0000F50A\t02001EAC\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    )

    assert taken_networks(table) == ["10.245.0.0/255.255.255.0"]
    assert choose(0, taken_networks(table)) == Addresses(1)


def test_two_nodes_that_start_at_the_same_moment_choose_one_after_the_other(tmp_path):
    """Addresses are known to be taken once they are in use, which is a moment after they are chosen."""
    waits, networks, chosen = threading.Event(), [], []

    def start_another() -> None:
        with choosing(waits.set, tmp_path / "lock"):
            chosen.append(choose(None, networks))

    other = threading.Thread(target=start_another)
    with choosing(lambda: pytest.fail("nobody else is choosing"), tmp_path / "lock"):
        mine = choose(None, networks)
        other.start()
        assert waits.wait(60)
        networks.append(mine.pods)
    other.join(60)

    assert (mine, chosen) == (Addresses(0), [Addresses(1)])
