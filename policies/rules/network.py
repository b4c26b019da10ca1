"""What leads to a project from outside: Services, Ingresses and routes."""

import re
from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import INGRESSES, ROUTES, SERVICES
from policies.values import Problem, Value

SYSTEM = "slate-system"
ALIAS = "/server-alias"
NO_REDIRECT = "/ssl-redirect"
"""Annotations of ingress controllers."""
WORKSPACE_NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"


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
        if rule["host"].text() not in covered:
            yield rule["host"].problem("has no entry in spec.tls")
    if spec["defaultBackend"].present:
        yield spec["defaultBackend"].problem("must not be set: it answers for every host")
    for key, value in ingress["metadata"]["annotations"].entries():
        if "snippet" in key:
            yield value.problem("puts configuration into the shared proxy")
        if key.endswith(NO_REDIRECT) and value.text() == "false":
            yield value.problem("serves the host without TLS as well")


def _own(host: str, context: Context) -> bool:
    end = re.escape(f"--{context.project}.{context.parameters.domain}")
    return re.fullmatch(WORKSPACE_NAME + end, host) is not None


def _ingress_host(ingress: Value, context: Context) -> Iterator[Problem]:
    for rule in ingress["spec"]["rules"].each():
        if not _own(rule["host"].text(), context):
            yield rule["host"].problem("must be <workspace>--<project>.<domain> of this project")
    for key, value in ingress["metadata"]["annotations"].entries():
        if ALIAS in key:
            yield value.problem("must not be set: it serves another host name")


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
        if parent["kind"].get("Gateway") != "Gateway":
            yield parent["kind"].problem("must be Gateway: a route of a Service takes over what others send to it")


_OWN_HOST = "{}.matches('^" + WORKSPACE_NAME + "--' + variables.project + '[.]' + variables.domainPattern + '$')"

RULES = (
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
        "Add the host to spec.tls; remove defaultBackend, snippet annotations and ssl-redirect.",
        INGRESSES,
        ("CKV_K8S_152-154",),
        on(Scope.OBJECT, _ingress_tls),
        "object.spec.?rules.orValue([]).all(r, object.spec.?tls.orValue([]).exists(t,"
        " r.?host.orValue('') in t.?hosts.orValue([]))) && !has(object.spec.defaultBackend)"
        " && object.metadata.?annotations.orValue({}).all(k, !k.contains('snippet')"
        f" && !(k.endsWith('{NO_REDIRECT}') && object.metadata.annotations[k] == 'false'))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-INGRESS-HOST",
        "A project serves its own host names only",
        Severity.CRITICAL,
        "Another project's host name is another project's users, with their cookies.",
        "Use <workspace>--<project>.<domain>, without wildcards; remove annotations for further names.",
        INGRESSES,
        ("JupyterHub documentation, one origin a user",),
        on(Scope.OBJECT, _ingress_host),
        "object.spec.?rules.orValue([]).all(r, " + _OWN_HOST.format("r.?host.orValue('')") + ")"
        f" && object.metadata.?annotations.orValue({{}}).all(k, !k.contains('{ALIAS}'))",
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
        "Set the namespace of parentRefs to slate-system, and their kind to Gateway.",
        ROUTES,
        (),
        on(Scope.OBJECT, _route_parent),
        f"object.spec.?parentRefs.orValue([]).all(p, p.?namespace.orValue('') == '{SYSTEM}'"
        " && p.?kind.orValue('Gateway') == 'Gateway')",
        Where.TENANTS,
    ),
)
