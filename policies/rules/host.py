"""The node and its network: what a pod must not reach of it, and where it may be placed."""

from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import PODS
from policies.values import Problem, Value

NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
HANDLERS = ("postStart", "preStop")
NODE_TAINTS = "node.kubernetes.io/"


def _host_namespace(key: str):
    def check(pod: Value, _: Context) -> Iterator[Problem]:
        if pod[key].get(False) is True:
            yield pod[key].problem("must not be true")

    return check


def _host_port(container: Value, _: Context) -> Iterator[Problem]:
    for port in container["ports"].each():
        if port["hostPort"].get(0) != 0:
            yield port["hostPort"].problem("must not be set")


def _probe_host(container: Value, _: Context) -> Iterator[Problem]:
    handlers = [container[probe] for probe in PROBES] + [container["lifecycle"][name] for name in HANDLERS]
    for handler in handlers:
        for action in ("httpGet", "tcpSocket"):
            host = handler[action]["host"]
            if host.get(""):
                yield host.problem("must not be set")


def _node_name(pod: Value, _: Context) -> Iterator[Problem]:
    if pod["nodeName"].get(""):
        yield pod["nodeName"].problem("must not be set")


def _tolerations(pod: Value, context: Context) -> Iterator[Problem]:
    allowed = context.parameters.toleration_keys
    for toleration in pod["tolerations"].each():
        key = toleration["key"].text()
        if key not in allowed and not key.startswith(NODE_TAINTS):
            yield toleration["key"].problem(f"must be one of {', '.join(allowed) or 'none'}")


def _priority(pod: Value, context: Context) -> Iterator[Problem]:
    found = pod["priorityClassName"]
    if found.get("") and found.text() not in context.parameters.priority_classes:
        yield found.problem(f"must be one of {', '.join(context.parameters.priority_classes)}")


def _system_priority(pod: Value, _: Context) -> Iterator[Problem]:
    if pod["priorityClassName"].text().startswith("system-"):
        yield pod["priorityClassName"].problem("must not be one of the system's own")


def _runtime_class(pod: Value, context: Context) -> Iterator[Problem]:
    found = pod["runtimeClassName"]
    if found.get("") and found.text() not in context.parameters.runtime_classes:
        yield found.problem(f"must be one of {', '.join(context.parameters.runtime_classes) or 'none'}")


def _dns(pod: Value, _: Context) -> Iterator[Problem]:
    if pod["dnsPolicy"].get("ClusterFirst") != "ClusterFirst":
        yield pod["dnsPolicy"].problem("must be ClusterFirst")
    if pod.at("dnsConfig", "nameservers").texts():
        yield pod.at("dnsConfig", "nameservers").problem("must not be set")
    if list(pod["hostAliases"].each()):
        yield pod["hostAliases"].problem("must not be set")


_PROBE_CEL = " && ".join(
    f"c.?{path}.?httpGet.?host.orValue('') == '' && c.?{path}.?tcpSocket.?host.orValue('') == ''"
    for path in (*PROBES, *(f"lifecycle.?{name}" for name in HANDLERS))
)

RULES = (
    Rule(
        "SLATE-HOSTNS",
        "No namespace of the node is shared",
        Severity.CRITICAL,
        "The pod would see the node's processes or its network, and no NetworkPolicy would hold it.",
        "Remove hostNetwork, hostPID and hostIPC.",
        PODS,
        ("PSS baseline", "CIS 5.2.3", "CIS 5.2.4", "CIS 5.2.5", "NSA"),
        on(Scope.POD, *map(_host_namespace, NAMESPACES)),
        " && ".join(f"!variables.podSpec.?{key}.orValue(false)" for key in NAMESPACES),
        pod_security=True,
    ),
    Rule(
        "SLATE-HOSTPORT",
        "No port of the node is taken",
        Severity.HIGH,
        "It leads past Services and policies, and two pods fight over it.",
        "Remove hostPort; use a Service.",
        PODS,
        ("PSS baseline", "CIS 5.2.13"),
        on(Scope.CONTAINER, _host_port),
        "variables.containers.all(c, c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))",
        pod_security=True,
    ),
    Rule(
        "SLATE-HOSTPROBE",
        "Probes ask the pod itself",
        Severity.HIGH,
        "The kubelet asks from the node: a host in a probe makes it fetch any address, the metadata service included.",
        "Remove `host` from probes and lifecycle handlers.",
        PODS,
        ("PSS baseline v1.34",),
        on(Scope.CONTAINER, _probe_host),
        f"variables.containers.all(c, {_PROBE_CEL})",
        pod_security=True,
    ),
    Rule(
        "SLATE-NODENAME",
        "The scheduler chooses the node",
        Severity.HIGH,
        "A fixed node leads past taints, pools and quotas.",
        "Remove nodeName; use the node selector of the pool.",
        PODS,
        (),
        on(Scope.POD, _node_name),
        # The scheduler sets it in a pod that is there.
        "variables.podSpec.?nodeName.orValue('') == '' || (oldObject != null && object.kind == 'Pod')",
    ),
    Rule(
        "SLATE-TOLER",
        "Only taints of the project's pools are tolerated",
        Severity.HIGH,
        "A toleration without a key reaches every node, the control plane's included.",
        "Take the toleration out, or add its key to tolerationKeys in policies/config.",
        PODS,
        (),
        on(Scope.POD, _tolerations),
        "variables.podSpec.?tolerations.orValue([]).all(t, t.?key.orValue('') in variables.tolerationKeys"
        f" || t.?key.orValue('').startsWith('{NODE_TAINTS}'))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-PRIORITY",
        "A project's pods have a project's priority",
        Severity.MEDIUM,
        "A higher priority evicts other people's workspaces.",
        "Use slate-interactive or slate-batch.",
        PODS,
        (),
        on(Scope.POD, _priority),
        "variables.podSpec.?priorityClassName.orValue('') in ([''] + variables.priorityClasses)",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-SYSPRIORITY",
        "No pod takes the priority of the system",
        Severity.HIGH,
        "It would evict the node's own programs.",
        "Use one of Slate's priority classes.",
        PODS,
        (),
        on(Scope.POD, _system_priority),
        "!variables.podSpec.?priorityClassName.orValue('').startsWith('system-')",
    ),
    Rule(
        "SLATE-RUNTIMECLASS",
        "The runtime class is the pool's",
        Severity.HIGH,
        "Another one may isolate less.",
        "Remove runtimeClassName, or add it to runtimeClasses in policies/config.",
        PODS,
        (),
        on(Scope.POD, _runtime_class),
        "variables.podSpec.?runtimeClassName.orValue('') in ([''] + variables.runtimeClasses)",
    ),
    Rule(
        "SLATE-DNS",
        "Names are resolved by the cluster",
        Severity.MEDIUM,
        "A resolver of one's own carries data out, and own entries for host names fool the user.",
        "Remove dnsPolicy, dnsConfig.nameservers and hostAliases.",
        PODS,
        (),
        on(Scope.POD, _dns),
        "variables.podSpec.?dnsPolicy.orValue('ClusterFirst') == 'ClusterFirst'"
        " && variables.podSpec.?dnsConfig.?nameservers.orValue([]).size() == 0"
        " && variables.podSpec.?hostAliases.orValue([]).size() == 0",
    ),
)
