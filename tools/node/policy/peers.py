"""Whom a rule of a policy is about, and which ports: from objects of the API to expressions of nftables. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.node.policy.selectors import matches


@dataclass(frozen=True)
class Pod:
    """A pod with an address of its own.

    Attributes:
        uid: Its identity; names its chains.
        namespace: Its namespace.
        address: Its IPv4 address.
        labels: Its labels.
        ports: Its named ports: (name, protocol) to number.
    """

    uid: str
    namespace: str
    address: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    ports: Mapping[tuple[str, str], int] = field(default_factory=dict, hash=False)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Pod | None":
        """Returns the pod of an API object; None if it has no address of its own, or has ended."""
        spec, status, metadata = value.get("spec") or {}, value.get("status") or {}, value["metadata"]
        address = status.get("podIP")
        if not address or ":" in address or spec.get("hostNetwork") or status.get("phase") in ("Succeeded", "Failed"):
            return None
        named = {
            (port["name"], port.get("protocol", "TCP")): int(port["containerPort"])
            for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ()))
            for port in container.get("ports") or ()
            if port.get("name")
        }
        return cls(metadata["uid"], metadata["namespace"], address, metadata.get("labels") or {}, named)


def addresses(
    peers: Sequence[Mapping[str, Any]],
    side: str,
    home: str,
    pods: Iterable[Pod],
    namespaces: Mapping[str, Mapping[str, str]],
) -> list[tuple[str, list[Pod] | None]]:
    """Returns the expressions that match the peers of a rule, each with the pods it stands for (None: any address).

    Args:
        peers: `from` or `to` of the rule; none means everybody.
        side: "saddr" or "daddr".
        home: The policy's namespace.
        pods: All pods.
        namespaces: Labels of all namespaces.
    """
    pods = list(pods)
    if not peers:
        return [("", None)]
    found: list[tuple[str, list[Pod] | None]] = []
    for peer in peers:
        if "ipBlock" in peer:
            block = peer["ipBlock"]
            if ":" in block["cidr"]:  # pods have no IPv6 address
                continue
            excluded = [cidr for cidr in block.get("except") or () if ":" not in cidr]
            but = f"ip {side} != {_set(excluded)} " if excluded else ""
            found.append((f"ip {side} {block['cidr']} {but}", None))
            continue
        selected = _selected(peer, home, pods, namespaces)
        if selected:
            found.append((f"ip {side} {_set(pod.address for pod in selected)} ", selected))
    return found


def ports(entries: Sequence[Mapping[str, Any]], targets: Iterable[Pod]) -> list[tuple[str, list[Pod] | None]]:
    """Returns the expressions that match the ports of a rule; with a named port, which pods it is the port of.

    Args:
        entries: `ports` of the rule; none means every port.
        targets: The pods that named ports are looked up in.
    """
    if not entries:
        return [("", None)]
    found: list[tuple[str, list[Pod] | None]] = []
    for entry in entries:
        protocol = entry.get("protocol", "TCP")
        port = entry.get("port")
        if port is None:
            found.append((f"meta l4proto {protocol.lower()} ", None))
        elif isinstance(port, int):
            last = f"-{entry['endPort']}" if entry.get("endPort") else ""
            found.append((f"{protocol.lower()} dport {port}{last} ", None))
        else:
            by_number: dict[int, list[Pod]] = {}
            for pod in targets:
                number = pod.ports.get((port, protocol))
                if number is not None:
                    by_number.setdefault(number, []).append(pod)
            found += [(f"{protocol.lower()} dport {number} ", owners) for number, owners in sorted(by_number.items())]
    return found


def _selected(
    peer: Mapping[str, Any], home: str, pods: Iterable[Pod], namespaces: Mapping[str, Mapping[str, str]]
) -> list[Pod]:
    selector = peer.get("namespaceSelector")
    inside = {home} if selector is None else {name for name, own in namespaces.items() if matches(selector, own)}
    wanted = peer.get("podSelector") or {}
    return [pod for pod in pods if pod.namespace in inside and matches(wanted, pod.labels)]


def _set(values: Iterable[str]) -> str:
    return "{ " + ", ".join(sorted(set(values))) + " }"
