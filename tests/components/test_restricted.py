"""What pods of the platform reach: the API server wherever it listens, and never the node's own credentials."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from components.registry import collection
from components.service_levels import canary, kube_state_metrics, remediator

POLICIES = {
    "registry-collection": collection.network_policy(),
    "remediator": remediator.network_policy({"image": "unused"}),
    "canary": canary.network_policy(),
    "kube-state-metrics": kube_state_metrics.network_policy(),
}


def reached(policy: dict[str, Any], address: str, port: int) -> bool:
    """Whether a policy lets its pods reach an address outside the cluster's own networks."""
    return any(
        _in(peer["ipBlock"], address)
        for rule in policy["spec"]["egress"]
        if port in [entry["port"] for entry in rule.get("ports", [{"port": port}])]
        for peer in rule["to"]
        if "ipBlock" in peer
    )


def _in(block: dict[str, Any], address: str) -> bool:
    found = ip_address(address)
    without = [ip_network(network) for network in block.get("except", ())]
    return found in ip_network(block["cidr"]) and not any(found in network for network in without)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize(
    ("address", "port"), [("10.96.0.1", 443), ("192.0.2.7", 6443), ("192.0.2.7", 31907), ("2001:db8::7", 16443)]
)
def test_the_api_server_is_reached_wherever_it_listens(name: str, address: str, port: int):
    assert reached(POLICIES[name], address, port)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"])
def test_the_clouds_credentials_are_not(name: str, address: str):
    assert not reached(POLICIES[name], address, 80)
