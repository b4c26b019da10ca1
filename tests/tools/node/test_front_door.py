import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.node import dns, front_door
from tools.node.network import Addresses

LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)


@given(LABEL, LABEL)
def test_a_host_name_is_the_name_of_its_pod(workspace, project):
    host = f"{workspace}--{project}.slate.localhost"

    name = front_door.pod_name(host, "slate.localhost")

    assert name == f"{workspace}-0.workspaces.ws-{project}.svc.cluster.local"


@pytest.mark.parametrize(
    "host",
    [
        "slate.localhost",
        "alice.slate.localhost",
        "alice--vision.slate.localhost.evil.example",
        "a--b--c.slate.localhost",
        "alice--vision.kube-system.slate.localhost",
        "alice--vision.slateXlocalhost",
        "-a--b.slate.localhost",
        "ALICE--vision.slate.localhost",
        "alice--vision.slate.localhost\n",
    ],
)
def test_no_other_name_leads_anywhere(host):
    with pytest.raises(ValueError, match="belongs to no workspace"):
        front_door.pod_name(host, "slate.localhost")
    text = front_door.caddyfile(Addresses(3), "slate.localhost", 8443)
    pattern = re.search(r"Host `(.+)`", text)
    assert pattern is not None
    # Go's and Python's expressions agree here, but for the end of the text before a line break.
    assert re.fullmatch(pattern[1].removeprefix("^").removesuffix("$"), host) is None


def test_caddy_takes_the_pattern_apart_as_we_do_and_listens_inside_the_node():
    text = front_door.caddyfile(Addresses(3), "slate.localhost", 8443)

    pattern = re.search(r"Host `(.+)`", text)
    assert pattern is not None
    match = re.fullmatch(pattern[1], "alice--vision.slate.localhost:8443")
    assert match is not None
    assert match.groups() == ("alice", "vision")
    assert "https://*.slate.localhost:8443 {" in text
    assert "bind 172.30.3.2" in text
    assert "admin off" in text
    assert "resolvers 10.96.0.10" in text


def test_ssh_needs_nothing_but_the_host_name():
    text = front_door.ssh_config("slate.localhost", "python -m tools.node connect")

    assert "Host *--*.slate.localhost" in text
    assert "User aiuser" in text
    assert "ProxyCommand python -m tools.node connect %h %p" in text


def answer(number, records, code=0, name=b"\x01a\x00"):
    """A DNS answer with records of type and content; each names the question's name by a pointer."""
    head = struct.pack(">6H", number, 0x8180 | code, 1, len(records), 0, 0) + name + struct.pack(">2H", 1, 1)
    return head + b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 5, len(data)) + data for kind, data in records)


def test_addresses_are_read_from_an_answer_and_other_records_passed_over():
    whole = answer(7, [(5, b"\x01b\x00"), (1, bytes([10, 245, 0, 3])), (28, bytes(16)), (1, bytes([10, 245, 0, 4]))])

    assert dns.addresses(whole, 7) == ["10.245.0.3", "10.245.0.4"]
    assert dns.addresses(whole, 8) == []
    assert dns.addresses(answer(7, [(1, bytes(4))], code=3), 7) == []


@given(st.binary(max_size=64), st.integers(0, 65535))
def test_a_damaged_answer_is_none(data, number):
    assert all(isinstance(address, str) for address in dns.addresses(data, number))
    whole = answer(number, [(1, bytes([10, 0, 0, 1]))])
    assert all(dns.addresses(whole[:length], number) == [] for length in range(len(whole)))
