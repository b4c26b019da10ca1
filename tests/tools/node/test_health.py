import socket
import struct
import threading

import pytest

from tools.node import health

STARTED = 1_800_000_000.9


def node(status, said):
    return {"status": {"conditions": [{"type": "Ready", "status": status, "lastHeartbeatTime": said}]}}


@pytest.mark.parametrize(
    ("found", "ready"),
    [
        (node("True", "2027-01-15T08:00:00Z"), True),  # the very second of the start
        (node("True", "2027-01-15T07:59:59Z"), False),  # said before it was started
        (node("Unknown", "2027-01-15T08:00:09Z"), False),
        ({}, False),
    ],
)
def test_only_what_the_kubelet_says_since_its_start_counts(found, ready):
    assert health.is_ready(found, STARTED) is ready


@pytest.fixture
def answering():
    """A DNS server that answers one question with a number of records and a code."""
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.bind(("127.0.0.1", 0))

    def serve(records, code):
        def work():
            question, sender = channel.recvfrom(512)
            (number,) = struct.unpack(">H", question[:2])
            header = struct.pack(">6H", number, 0x8180 | code, 1, records, 0, 0)
            record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton("10.96.0.1")
            channel.sendto(header + question[12:] + record * records, sender)

        threading.Thread(target=work, daemon=True).start()
        return channel.getsockname()[1]

    with channel:
        yield serve


@pytest.mark.parametrize(("records", "code", "served"), [(1, 0, True), (0, 3, False), (0, 0, False)])
def test_a_name_server_counts_when_it_knows_the_cluster(answering, records, code, served):
    assert health.serves_names("127.0.0.1", answering(records, code)) is served
