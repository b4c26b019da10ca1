from pathlib import Path

import pytest

from tools.cluster import components, pki, ports
from tools.cluster.layout import Layout

LAYOUT = Layout(Path("/home/user/a clone/.slate/cluster"))
PORTS = {name: 21000 + number for number, name in enumerate(ports.NAMES)}
BINARIES = Path("/home/user/bin")


@pytest.fixture
def built():
    return {c.name: c.command for c in components.components(LAYOUT, PORTS, BINARIES)}


def options(command):
    return dict(argument.removeprefix("--").partition("=")[::2] for argument in command[1:])


def test_they_start_in_order_from_the_given_binaries(built):
    assert tuple(built) == components.NAMES
    assert [command[0] for command in built.values()] == [f"/home/user/bin/{name}" for name in components.NAMES]


def test_nothing_listens_elsewhere_than_on_loopback(built):
    for name, command in built.items():
        for option, value in options(command).items():
            if "listen" in option or option in ("bind-address", "server-address", "advertise-address"):
                assert "127.0.0.1" in value, (name, option)
            assert "//0." not in value


def test_every_port_is_used_and_no_other(built):
    arguments = " ".join(" ".join(command) for command in built.values())

    assert all(str(port) in arguments for port in PORTS.values())
    assert options(built["kube-apiserver"])["secure-port"] == str(PORTS["kube-apiserver"])
    assert components.server(PORTS) == f"https://127.0.0.1:{PORTS['kube-apiserver']}"


def test_the_store_demands_certificates_of_its_own_authority(built):
    etcd = options(built["etcd"])

    assert "client-cert-auth" in etcd
    assert "peer-client-cert-auth" in etcd
    assert etcd["trusted-ca-file"] == etcd["peer-trusted-ca-file"] == f"{LAYOUT.pki}/etcd-authority.crt"
    assert not any("http://" in value for value in etcd.values())


def test_components_have_identities_of_their_own(built):
    for name in ("kube-controller-manager", "kube-scheduler", "kwok"):
        assert options(built[name])["kubeconfig"] == str(LAYOUT.component_kubeconfig(name))
    assert options(built["kube-controller-manager"])["use-service-account-credentials"] == "true"
    assert options(built["kube-apiserver"])["authorization-mode"] == "Node,RBAC"


def test_kwok_runs_simulated_nodes_only_and_leaves_lost_ones_alone(built):
    kwok = options(built["kwok"])

    assert kwok["manage-all-nodes"] == "false"
    assert kwok["manage-nodes-with-annotation-selector"] == "kwok.x-k8s.io/node=fake"
    assert kwok["manage-nodes-with-label-selector"] == "sim.slate.dev/fault!=lost"
    # kwok's own restart must not make every node look lost.
    assert int(kwok["node-lease-duration-seconds"]) < components.NODE_GRACE_SECONDS


def test_every_certificate_named_on_a_command_line_is_issued(built):
    issued = {*pki.AUTHORITIES, *(request.name for request in pki.REQUESTS), pki.SERVICE_ACCOUNTS}

    named = {
        Path(value).stem
        for command in built.values()
        for value in options(command).values()
        if value.startswith(str(LAYOUT.pki))
    }

    assert named <= issued
    assert {"kube-apiserver", "etcd", "kwok", "service-accounts"} <= named
