"""From pods, namespaces and network policies to the rules of nftables. Pure: the same objects give the same text.

Semantics: https://kubernetes.io/docs/concepts/services-networking/network-policies/. A pod that a policy selects for a
direction may do what any policy for it allows, and nothing else. What the node itself sends to its pods (probes) is
always let through, as that page demands; what pods send to the node's own addresses is not.

A packet from or to an address that no known pod has is dropped: a pod that has just begun is closed until its rules
are there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.node.policy.peers import Pod, addresses, ports
from tools.node.policy.selectors import matches

TABLE = "slate_policy"
_SIDES = {"ingress": ("daddr", "saddr", "from"), "egress": ("saddr", "daddr", "to")}


def rules(
    pods: Sequence[Pod],
    namespaces: Mapping[str, Mapping[str, str]],
    policies: Iterable[Mapping[str, Any]],
    network: str,
) -> str:
    """Returns a file for `nft -f` that replaces the table in one step.

    Args:
        pods: All pods that have an address, on simulated nodes as well.
        namespaces: Labels of all namespaces by name.
        policies: All NetworkPolicy objects.
        network: The network of the node's pods.
    """
    chains = _chains(pods, namespaces, policies)
    mine = sorted(pod.address for pod in pods)
    lines = [f"table ip {TABLE}", f"delete table ip {TABLE}", f"table ip {TABLE} {{"]
    lines += ["  set known {", "    type ipv4_addr", *_elements(mine), "  }"]
    for (kind, pod), allowed in sorted(chains.items(), key=lambda item: (item[0][0], item[0][1].uid)):
        lines += [f"  chain {_name(kind, pod)} {{", *(f"    {rule}" for rule in allowed), "    counter drop", "  }"]
    for kind, (here, _, _) in _SIDES.items():
        targets = sorted(f"{pod.address} : jump {_name(kind, pod)}" for own, pod in chains if own == kind)
        lines += [f"  chain {kind} {{"]
        lines += [f"    ip {here} vmap {{ {', '.join(targets)} }}"] if targets else []
        lines += ["  }"]
    lines += [
        # From pod to pod, and between pods and the machine; Services have been translated by then.
        *_hook("forward", [f"ip daddr {network} ip daddr != @known drop", "jump egress", "jump ingress"], network),
        # From pods to the node's own addresses.
        *_hook("input", ["jump egress"], network),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _chains(
    pods: Sequence[Pod], namespaces: Mapping[str, Mapping[str, str]], policies: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, Pod], list[str]]:
    """Returns for each direction and each pod that is closed in it what may pass."""
    by_uid = {pod.uid: pod for pod in pods}
    found: dict[tuple[str, str], list[str]] = {}
    for policy in policies:
        home, spec = policy["metadata"]["namespace"], policy.get("spec") or {}
        selected = [pod for pod in pods if pod.namespace == home and matches(spec.get("podSelector") or {}, pod.labels)]
        for kind in _kinds(spec):
            for pod in selected:
                allowed = found.setdefault((kind, pod.uid), [])
                for rule in spec.get(kind) or ():
                    texts = _allowed(kind, rule, home, pod, pods=pods, namespaces=namespaces)
                    allowed += [text for text in texts if text not in allowed]
    return {(kind, by_uid[uid]): allowed for (kind, uid), allowed in found.items()}


def _kinds(spec: Mapping[str, Any]) -> list[str]:
    given = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return [kind.lower() for kind in given]


def _allowed(
    kind: str,
    rule: Mapping[str, Any],
    home: str,
    pod: Pod,
    *,
    pods: Sequence[Pod],
    namespaces: Mapping[str, Mapping[str, str]],
) -> list[str]:
    _, there, key = _SIDES[kind]
    texts = []
    for match, meant in addresses(rule.get(key) or (), there, home, pods, namespaces):
        targets = [pod] if kind == "ingress" else pods if meant is None else meant
        for port, owners in ports(rule.get("ports") or (), targets):
            narrowed = match
            if kind == "egress" and owners is not None:  # a named port is another number in another pod
                narrowed = f"{match}ip daddr {{ {', '.join(sorted({owner.address for owner in owners}))} }} "
            texts.append(f"{narrowed}{port}return")
    return texts


def _hook(name: str, then: Sequence[str], network: str) -> list[str]:
    known = f"ip saddr {network} ip saddr != @known drop"
    return [
        f"  chain {name} {{",
        f"    type filter hook {name} priority 10; policy accept;",
        "    ct state established,related accept",
        *(f"    {line}" for line in (known, *then)),
        "  }",
    ]


def _elements(values: Sequence[str]) -> list[str]:
    return [f"    elements = {{ {', '.join(values)} }}"] if values else []


def _name(kind: str, pod: Pod) -> str:
    return f"{kind}_{pod.uid.replace('-', '_')}"
