"""What reaches a project, and what it reaches: NetworkPolicies."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.rules.namespaces import PROJECT_PREFIX
from policies.targets import NETWORK_POLICIES
from policies.values import Problem, Value

METADATA = (
    "169.254.0.0/16",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "fe80::/10",
    "fd00:ec2::/32",
    "fd20:ce::254/128",
)
"""Where clouds hand out the node's credentials."""
NAME = "kubernetes.io/metadata.name"
"""Label with a namespace's name, which the API server sets itself; others can be given to any namespace."""
WIDEST = 8
"""Bits of the widest range that is not taken for the internet: its two halves are the internet as well."""


def _metadata(policy: Value, _: Context) -> Iterator[Problem]:
    for rule in policy["spec"]["egress"].each():
        for peer in rule["to"].each():
            block = peer["ipBlock"]
            if not block["cidr"].get(""):
                continue
            network = _network(block["cidr"])
            if network is None:
                yield block["cidr"].problem("must be a range such as 10.20.0.0/16")
                continue
            excluded = [found for entry in block["except"].each() if (found := _network(entry))]
            for text in METADATA:
                never = ipaddress.ip_network(text)
                if network.version != never.version or not network.overlaps(never):
                    continue
                if not any(_contains(out, never) for out in excluded):
                    yield block.problem(f"must except {text}, where a cloud hands out credentials")


def _egress(policy: Value, context: Context) -> Iterator[Problem]:
    for rule in policy["spec"]["egress"].each():
        if not list(rule["to"].each()):
            yield rule["to"].problem("must name where to: without it everything is reached")
        for peer in rule["to"].each():
            cidr = peer["ipBlock"]["cidr"]
            network = _network(cidr) if cidr.present else None
            if network and network.prefixlen < WIDEST and not context.parameters.internet_egress:
                yield cidr.problem(
                    f"must have at least /{WIDEST}: a wider range is the internet (internetEgress in policies/config)"
                )
            selector = peer["namespaceSelector"]
            if selector.present and not _named(selector, but=context.namespace):
                yield selector.problem(f"must name namespaces by {NAME}, and no other project's")


def _network(cidr: Value) -> Any:
    """The range, or None where it is none: the API server refuses it in its own words."""
    try:
        return ipaddress.ip_network(cidr.text(), strict=False)
    except ValueError:
        return None


def _contains(outer: Any, inner: Any) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)


def _named(selector: Value, but: str = "") -> bool:
    """Whether it chooses namespaces by name, and no project's but the given one."""

    def allowed(name: str) -> bool:
        return name == but or not name.startswith(PROJECT_PREFIX)

    label = selector["matchLabels"][NAME]
    return (label.present and allowed(label.text())) or any(
        expression["key"].get() == NAME
        and expression["operator"].get() == "In"
        and all(map(allowed, expression["values"].texts()))
        for expression in selector["matchExpressions"].each()
    )


def _ingress(policy: Value, _: Context) -> Iterator[Problem]:
    for rule in policy["spec"]["ingress"].each():
        if not list(rule["from"].each()):
            yield rule["from"].problem("must name from where: without it everything gets in")
        for peer in rule["from"].each():
            if peer["ipBlock"].present:
                yield peer["ipBlock"].problem("must not be used: only the platform reaches workspaces")
            elif not _named(peer["namespaceSelector"]):
                yield peer["namespaceSelector"].problem(f"must name the platform's namespaces by {NAME}")


_BLOCKS = (
    "object.spec.?egress.orValue([]).all(r, r.?to.orValue([]).all(p, !has(p.ipBlock) || ["
    + ", ".join(f"'{network}'" for network in METADATA)
    + "].all(n, !(cidr(p.ipBlock.cidr).containsCIDR(n) || cidr(n).containsCIDR(p.ipBlock.cidr))"
    " || p.ipBlock.?except.orValue([]).exists(x, cidr(x).containsCIDR(n)))))"
)


def _names(allowed: str) -> str:
    """CEL: the peer chooses namespaces by names that are allowed."""
    return (
        f"([p.?namespaceSelector.?matchLabels[?'{NAME}']].exists(n, n.hasValue() && [n.value()].all(v, {allowed}))"
        " || p.?namespaceSelector.?matchExpressions.orValue([]).exists(x,"
        f" x.key == '{NAME}' && x.operator == 'In' && x.?values.orValue([]).all(v, {allowed})))"
    )


_FOREIGN = f"!v.startsWith('{PROJECT_PREFIX}')"
RULES = (
    Rule(
        "SLATE-NP-META",
        "No traffic reaches the metadata services of clouds",
        Severity.CRITICAL,
        "They hand out the node's credentials to whoever asks: the way into Hugging Face's clusters.",
        "Add the network to the rule's `except`.",
        NETWORK_POLICIES,
        ("NSA",),
        on(Scope.OBJECT, _metadata),
        _BLOCKS,
    ),
    Rule(
        "SLATE-NP-EGRESS",
        "A project reaches what its settings name, not everything",
        Severity.CRITICAL,
        "Data leaves by any door that is open, and other projects are behind it.",
        f"Name networks, and namespaces by {NAME}, in `to`.",
        NETWORK_POLICIES,
        ("NSA", "CIS 5.3.2"),
        on(Scope.OBJECT, _egress),
        "object.spec.?egress.orValue([]).all(r, r.?to.orValue([]).size() > 0 && r.to.all(p,"
        f" (variables.internetEgress || !has(p.ipBlock) || cidr(p.ipBlock.cidr).prefixLength() >= {WIDEST})"
        f" && (!has(p.namespaceSelector) || {_names(f'v == request.namespace || {_FOREIGN}')})))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-NP-INGRESS",
        "Only the platform reaches workspaces",
        Severity.HIGH,
        "Whoever reaches the port may try the token, and JupyterLab has had holes before it was asked.",
        f"Name the platform's namespace by {NAME} in `from`.",
        NETWORK_POLICIES,
        ("CIS 5.3.2",),
        on(Scope.OBJECT, _ingress),
        "object.spec.?ingress.orValue([]).all(r, r.?from.orValue([]).size() > 0"
        f" && r.from.all(p, !has(p.ipBlock) && {_names(_FOREIGN)}))",
        Where.TENANTS,
    ),
)
