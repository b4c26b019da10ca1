"""The rules as text; that the kernel does what they say is measured in test_real_node.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.node.policy.peers import Pod
from tools.node.policy.rules import rules
from tools.node.policy.selectors import matches

NETWORK = "10.245.0.0/24"
SPACES = {"one": {"team": "a"}, "two": {"team": "b"}, "kube-system": {"kubernetes.io/metadata.name": "kube-system"}}
SERVER = Pod("uid-1", "one", "10.245.0.2", {"app": "server"}, {("http", "TCP"): 8888})
CLIENT = Pod("uid-2", "one", "10.245.0.3", {"app": "client"})
OTHER = Pod("uid-3", "two", "10.245.0.4", {"app": "client"}, {("http", "TCP"): 9999})
DNS = Pod("uid-4", "kube-system", "10.245.0.5", {"k8s-app": "kube-dns"})
PODS = [SERVER, CLIENT, OTHER, DNS]


def policy(spec, namespace="one"):
    return {"metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def chain(text, name):
    """The rules of one chain, without its last one, which drops; None if there is no such chain."""
    begin = f"  chain {name} {{\n"
    if begin not in text:
        return None
    lines = [line.strip() for line in text.split(begin)[1].split("  }\n")[0].splitlines()]
    assert lines[-1] == "counter drop"
    return lines[:-1]


def written(*policies, pods=PODS):
    return rules(pods, SPACES, policies, NETWORK)


def test_a_pod_that_no_policy_selects_is_open():
    text = written(policy({"podSelector": {"matchLabels": {"app": "server"}}}))

    assert "10.245.0.2 : jump ingress_uid_1" in text
    assert "10.245.0.3 : jump" not in text


def test_a_policy_without_rules_closes_the_directions_it_names():
    both = written(policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))
    default = written(policy({"podSelector": {}}))

    assert chain(both, "ingress_uid_1") == chain(both, "egress_uid_1") == []
    assert chain(default, "ingress_uid_1") == []
    assert chain(default, "egress_uid_1") is None
    assert chain(both, "ingress_uid_3") is None


def test_several_policies_add_up():
    text = written(
        policy({"podSelector": {}, "policyTypes": ["Ingress"]}),
        policy({"podSelector": {}, "ingress": [{"ports": [{"port": 22}]}]}),
        policy(
            {"podSelector": {"matchLabels": {"app": "server"}}, "ingress": [{"ports": [{"port": 80, "endPort": 90}]}]}
        ),
    )

    assert chain(text, "ingress_uid_1") == ["tcp dport 22 return", "tcp dport 80-90 return"]
    assert chain(text, "ingress_uid_2") == ["tcp dport 22 return"]


@pytest.mark.parametrize(
    ("peer", "addresses"),
    [
        ({"podSelector": {"matchLabels": {"app": "client"}}}, "10.245.0.3"),
        ({"namespaceSelector": {"matchLabels": {"team": "b"}}}, "10.245.0.4"),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "client"}}}, "10.245.0.3, 10.245.0.4"),
        ({"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}}, "10.245.0.5"),
    ],
)
def test_peers_are_pods_of_the_own_namespace_or_of_selected_ones(peer, addresses):
    text = written(policy({"podSelector": {"matchLabels": {"app": "server"}}, "ingress": [{"from": [peer]}]}))

    assert chain(text, "ingress_uid_1") == [f"ip saddr {{ {addresses} }} return"]


def test_a_peer_that_selects_nobody_opens_nothing():
    nobody = {"from": [{"podSelector": {"matchLabels": {"app": "nobody"}}}]}

    assert chain(written(policy({"podSelector": {}, "ingress": [nobody]})), "ingress_uid_1") == []


def test_address_blocks_with_exceptions_and_only_of_the_version_that_pods_have():
    block = {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}}
    sixth = {"ipBlock": {"cidr": "fd00::/8"}}
    spec = {"podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"]}

    text = written(policy({**spec, "egress": [{"to": [block, sixth], "ports": [{"port": 443}]}]}))

    assert chain(text, "egress_uid_2") == [
        "ip daddr 10.0.0.0/8 ip daddr != { 10.1.0.0/16, 10.2.0.0/16 } tcp dport 443 return"
    ]


def test_a_named_port_is_the_number_that_each_target_gives_it():
    into = written(policy({"podSelector": {}, "ingress": [{"ports": [{"port": "http"}]}]}))
    out = written(
        policy(
            {
                "podSelector": {"matchLabels": {"app": "client"}},
                "policyTypes": ["Egress"],
                "egress": [{"to": [{"namespaceSelector": {}}], "ports": [{"port": "http"}]}],
            }
        )
    )

    assert chain(into, "ingress_uid_1") == ["tcp dport 8888 return"]
    assert chain(into, "ingress_uid_2") == []
    everyone = "ip daddr { 10.245.0.2, 10.245.0.3, 10.245.0.4, 10.245.0.5 }"
    assert chain(out, "egress_uid_2") == [
        f"{everyone} ip daddr {{ 10.245.0.2 }} tcp dport 8888 return",
        f"{everyone} ip daddr {{ 10.245.0.4 }} tcp dport 9999 return",
    ]


def test_unknown_addresses_are_closed_and_known_ones_listed():
    text = written(pods=[SERVER])

    assert "elements = { 10.245.0.2 }" in text
    assert text.count(f"ip saddr {NETWORK} ip saddr != @known drop") == 2
    assert "elements" not in written(pods=[])


def test_what_pods_send_to_the_node_itself_is_judged_and_what_the_node_sends_is_not():
    text = written(policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))

    hooks = [line.strip() for line in text.splitlines() if "hook" in line]
    assert hooks == [
        "type filter hook forward priority 10; policy accept;",
        "type filter hook input priority 10; policy accept;",
    ]
    assert text.split("hook input")[1].count("jump egress") == 1
    assert "jump ingress" not in text.split("hook input")[1]


@given(st.permutations(PODS))
def test_the_same_objects_give_the_same_text(pods):
    closed = policy(
        {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [{"podSelector": {}}]}]}
    )

    assert written(closed, pods=pods) == written(closed)


@pytest.mark.parametrize(
    "value",
    [
        {"status": {"phase": "Running"}},
        {"status": {"podIP": "10.245.0.9", "phase": "Succeeded"}},
        {"status": {"podIP": "172.30.0.2", "phase": "Running"}, "spec": {"hostNetwork": True}},
        {"status": {"podIP": "fd00::1", "phase": "Running"}},
    ],
)
def test_pods_without_an_address_of_their_own_are_left_out(value):
    assert Pod.read({"metadata": {"uid": "u", "namespace": "one"}, **value}) is None


def test_a_pod_is_read_with_its_named_ports():
    value = {
        "metadata": {"uid": "u", "namespace": "one", "labels": {"a": "b"}},
        "spec": {"containers": [{"ports": [{"name": "jupyter", "containerPort": 8888}, {"containerPort": 1}]}]},
        "status": {"podIP": "10.245.0.9", "phase": "Pending"},
    }

    assert Pod.read(value) == Pod("u", "one", "10.245.0.9", {"a": "b"}, {("jupyter", "TCP"): 8888})


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ({"key": "app", "operator": "In", "values": ["x", "y"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["x"]}, False),
        ({"key": "absent", "operator": "NotIn", "values": ["x"]}, True),
        ({"key": "absent", "operator": "In", "values": ["x"]}, False),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
    ],
)
def test_selectors_with_expressions(expression, fits):
    assert matches({"matchExpressions": [expression]}, {"app": "x"}) is fits
    assert matches({"matchLabels": {"app": "y"}, "matchExpressions": [expression]}, {"app": "x"}) is False


def test_an_unknown_operator_is_refused():
    with pytest.raises(ValueError, match="Like"):
        matches({"matchExpressions": [{"key": "app", "operator": "Like"}]}, {})
