import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.cluster import ClusterError, ports


def test_new_ports_are_free_distinct_and_from_the_pool():
    chosen = ports.choose({}, pool=range(40000, 40100), free=lambda port: port % 2 == 0)

    assert tuple(chosen) == ports.NAMES
    assert len(set(chosen.values())) == len(ports.NAMES)
    assert all(port in range(40000, 40100) and port % 2 == 0 for port in chosen.values())


def test_remembered_ports_are_kept_and_a_taken_one_is_replaced():
    remembered = {name: 30000 + number for number, name in enumerate(ports.NAMES)}
    taken = remembered["etcd"]

    chosen = ports.choose(remembered, free=lambda port: port != taken, pool=range(41000, 41010))

    assert chosen["etcd"] in range(41000, 41010)
    assert {name: port for name, port in chosen.items() if name != "etcd"} == {
        name: port for name, port in remembered.items() if name != "etcd"
    }


def test_the_port_asked_for_wins_over_the_remembered_one_and_over_other_names():
    chosen = ports.choose({"kube-apiserver": 30000, "etcd": 30001}, api_port=30001, free=lambda _: True)

    assert chosen["kube-apiserver"] == 30001
    assert chosen["etcd"] != 30001


@pytest.mark.parametrize(
    ("port", "message"), [(0, "does not exist"), (65536, "does not exist"), (30000, "is taken by another program")]
)
def test_an_impossible_port_is_refused(port, message):
    with pytest.raises(ClusterError, match=message):
        ports.choose({}, api_port=port, free=lambda port: port != 30000)


def test_without_a_free_port_the_message_says_so():
    with pytest.raises(ClusterError, match=r"No free port on 127\.0\.0\.1 between 42000 and 42009"):
        ports.choose({}, free=lambda _: False, pool=range(42000, 42010))


@given(st.dictionaries(st.sampled_from(ports.NAMES), st.one_of(st.none(), st.text(), st.integers(), st.floats())))
def test_whatever_is_remembered_there_is_a_port_for_every_name(remembered):
    chosen = ports.choose(remembered, free=lambda _: True, pool=range(43000, 43100))

    assert set(chosen) == set(ports.NAMES)
    assert len(set(chosen.values())) == len(ports.NAMES)
    assert all(1 <= port <= 65535 for port in chosen.values())


def test_a_port_with_a_listener_is_not_free_and_one_whose_connections_linger_is():
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not ports.is_free(port)
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            accepted.close()  # the side that closes first keeps the port in TIME_WAIT
            assert client.recv(1) == b""

    assert ports.is_free(port)


def test_candidates_lie_below_the_ports_of_outgoing_connections(tmp_path, monkeypatch):
    setting = tmp_path / "ip_local_port_range"
    monkeypatch.setattr(ports, "_EPHEMERAL_RANGE", setting)

    setting.write_text("32768\t60999\n")
    usual = ports.candidates()
    setting.write_text("1024\t65535\n")
    wide = ports.candidates()
    setting.unlink()
    unknown = ports.candidates()

    assert (usual.start, usual.stop) == (20000, 32768)
    assert len(wide) > 1000
    assert unknown == usual
