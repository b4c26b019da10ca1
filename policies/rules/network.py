"""What reaches a project, and what it reaches: NetworkPolicies, Services and routes."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import INGRESSES, NETWORK_POLICIES, ROUTES, SERVICES
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
SYSTEM = "slate-system"
WORKSPACE_NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"


def _metadata(policy: Value, _: Context) -> Iterator[Problem]:
    for rule in policy["spec"]["egress"].each():
        for peer in rule["to"].each():
            block = peer["ipBlock"]
            if not block["cidr"].get(""):
                continue
            network = ipaddress.ip_network(block["cidr"].text(), strict=False)
            excluded = [ipaddress.ip_network(text, strict=False) for text in block["except"].texts()]
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
            if cidr.text().endswith("/0") and not context.parameters.internet_egress:
                yield cidr.problem("must not be the whole internet (internetEgress in policies/config)")
            yield from _every_namespace(peer["namespaceSelector"])


def _contains(outer: Any, inner: Any) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)


def _every_namespace(selector: Value) -> Iterator[Problem]:
    chosen = list(selector["matchLabels"].entries()) or list(selector["matchExpressions"].each())
    if selector.present and not chosen:
        yield selector.problem("must not select every namespace")


def _ingress(policy: Value, _: Context) -> Iterator[Problem]:
    for rule in policy["spec"]["ingress"].each():
        if not list(rule["from"].each()):
            yield rule["from"].problem("must name from where: without it everything gets in")
        for peer in rule["from"].each():
            if peer["ipBlock"].present:
                yield peer["ipBlock"].problem("must not be used: only the platform reaches workspaces")
            yield from _every_namespace(peer["namespaceSelector"])


def _service(service: Value, _: Context) -> Iterator[Problem]:
    spec = service["spec"]
    if spec["type"].get("ClusterIP") != "ClusterIP":
        yield spec["type"].problem("must be ClusterIP")
    for key in ("externalIPs", "externalName"):
        if spec[key].get(()):
            yield spec[key].problem("must not be set")


def _ingress_tls(ingress: Value, _: Context) -> Iterator[Problem]:
    spec = ingress["spec"]
    covered = {host for entry in spec["tls"].each() for host in entry["hosts"].texts()}
    for rule in spec["rules"].each():
        if rule["host"].get("") not in covered:
            yield rule["host"].problem("has no entry in spec.tls")
    if spec["defaultBackend"].present:
        yield spec["defaultBackend"].problem("must not be set: it answers for every host")
    for key, value in ingress["metadata"]["annotations"].entries():
        if "snippet" in key:
            yield value.problem("puts configuration into the shared proxy")


def _own(host: str, context: Context) -> bool:
    end = re.escape(f"--{context.project}.{context.parameters.domain}")
    return re.fullmatch(WORKSPACE_NAME + end, host) is not None


def _ingress_host(ingress: Value, context: Context) -> Iterator[Problem]:
    for rule in ingress["spec"]["rules"].each():
        if not _own(rule["host"].text(), context):
            yield rule["host"].problem("must be <workspace>--<project>.<domain> of this project")


def _route_host(route: Value, context: Context) -> Iterator[Problem]:
    names = list(route["spec"]["hostnames"].each())
    if not names:
        yield route["spec"]["hostnames"].problem("must be set: without it the route answers for every host")
    for name in names:
        if not _own(name.text(), context):
            yield name.problem("must be <workspace>--<project>.<domain> of this project")


def _route_parent(route: Value, _: Context) -> Iterator[Problem]:
    for parent in route["spec"]["parentRefs"].each():
        if parent["namespace"].get("") != SYSTEM:
            yield parent["namespace"].problem(f"must be {SYSTEM}: only the platform's gateway is used")


_BLOCKS = (
    "object.spec.?egress.orValue([]).all(r, r.?to.orValue([]).all(p, !has(p.ipBlock) || ["
    + ", ".join(f"'{network}'" for network in METADATA)
    + "].all(n, !(cidr(p.ipBlock.cidr).containsCIDR(n) || cidr(n).containsCIDR(p.ipBlock.cidr))"
    " || p.ipBlock.?except.orValue([]).exists(x, cidr(x).containsCIDR(n)))))"
)
_OWN_HOST = "{}.matches('^" + WORKSPACE_NAME + "--' + variables.project + '[.]' + variables.domainPattern + '$')"
_SELECTS = (
    "(!has(p.namespaceSelector) || p.namespaceSelector.?matchLabels.orValue({}).size() > 0"
    " || p.namespaceSelector.?matchExpressions.orValue([]).size() > 0)"
)

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
        "Name networks and namespaces in `to`.",
        NETWORK_POLICIES,
        ("NSA", "CIS 5.3.2"),
        on(Scope.OBJECT, _egress),
        "object.spec.?egress.orValue([]).all(r, r.?to.orValue([]).size() > 0 && r.to.all(p,"
        " (variables.internetEgress || !p.?ipBlock.?cidr.orValue('').endsWith('/0')) && " + _SELECTS + "))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-NP-INGRESS",
        "Only the platform reaches workspaces",
        Severity.HIGH,
        "Whoever reaches the port may try the token, and JupyterLab has had holes before it was asked.",
        "Name the platform's namespace in `from`.",
        NETWORK_POLICIES,
        ("CIS 5.3.2",),
        on(Scope.OBJECT, _ingress),
        "object.spec.?ingress.orValue([]).all(r, r.?from.orValue([]).size() > 0 && r.from.all(p, !has(p.ipBlock) && "
        + _SELECTS
        + "))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-SVC",
        "A project's Services are reached inside the cluster only",
        Severity.HIGH,
        "NodePort and LoadBalancer lead past the front door and its log; externalIPs takes over other addresses"
        " (CVE-2020-8554).",
        "Set type: ClusterIP; remove externalIPs and externalName.",
        SERVICES,
        ("CVE-2020-8554",),
        on(Scope.OBJECT, _service),
        "object.spec.?type.orValue('ClusterIP') == 'ClusterIP' && object.spec.?externalIPs.orValue([]).size() == 0"
        " && object.spec.?externalName.orValue('') == ''",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-INGRESS-TLS",
        "Every host is served with TLS, and none besides",
        Severity.HIGH,
        "Tokens and cookies would cross the network in the clear.",
        "Add the host to spec.tls; remove defaultBackend and snippet annotations.",
        INGRESSES,
        ("CKV_K8S_152-154",),
        on(Scope.OBJECT, _ingress_tls),
        "object.spec.?rules.orValue([]).all(r, object.spec.?tls.orValue([]).exists(t,"
        " r.?host.orValue('') in t.?hosts.orValue([]))) && !has(object.spec.defaultBackend)"
        " && object.metadata.?annotations.orValue({}).all(k, !k.contains('snippet'))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-INGRESS-HOST",
        "A project serves its own host names only",
        Severity.CRITICAL,
        "Another project's host name is another project's users, with their cookies.",
        "Use <workspace>--<project>.<domain>, without wildcards.",
        INGRESSES,
        ("JupyterHub documentation, one origin a user",),
        on(Scope.OBJECT, _ingress_host),
        "object.spec.?rules.orValue([]).all(r, " + _OWN_HOST.format("r.?host.orValue('')") + ")",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-ROUTE-HOST",
        "A route serves its project's own host names only",
        Severity.CRITICAL,
        "Another project's host name is another project's users, with their cookies.",
        "Set hostnames to <workspace>--<project>.<domain>, without wildcards.",
        ROUTES,
        ("JupyterHub documentation, one origin a user",),
        on(Scope.OBJECT, _route_host),
        "object.spec.?hostnames.orValue([]).size() > 0 && object.spec.hostnames.all(h, " + _OWN_HOST.format("h") + ")",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-ROUTE-PARENT",
        "Routes hang on the platform's gateway",
        Severity.HIGH,
        "Another gateway has no TLS and no log of the platform.",
        "Set the namespace of parentRefs to slate-system.",
        ROUTES,
        (),
        on(Scope.OBJECT, _route_parent),
        f"object.spec.?parentRefs.orValue([]).all(p, p.?namespace.orValue('') == '{SYSTEM}')",
        Where.TENANTS,
    ),
)
