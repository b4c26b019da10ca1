"""Namespaces: what guards them is in their labels, so the labels are guarded themselves."""

from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, on
from policies.targets import ANY, DEBUGGING, NAMESPACES
from policies.values import Problem, Value

GUARD = "slate.dev/guardrails"
"""Label by which the API server finds what the rules hold for: `tenant` or `platform`."""
PROJECT_PREFIX = "ws-"
PLATFORM = ("slate-system",)
CANARY = "slate-canary"
MODES = ("enforce", "audit", "warn")
FOREIGN = ("default", "kube-system", "kube-public", "kube-node-lease")


def guard_of(namespace: str) -> str | None:
    """What the guard's label of a namespace must be; None for namespaces that are not Slate's."""
    if namespace in PLATFORM:
        return "platform"
    return "tenant" if namespace.startswith(PROJECT_PREFIX) or namespace == CANARY else None


def _name(namespace: Value, context: Context) -> str:
    """Its name; of one that is not known yet nobody can say whether the rules are about it."""
    return namespace["metadata"]["name"].text() or context.name


def _pod_security(namespace: Value, context: Context) -> Iterator[Problem]:
    if guard_of(_name(namespace, context)) is None:
        return
    labels, version = namespace["metadata"]["labels"], context.parameters.pod_security_version
    for mode in MODES:
        key = f"pod-security.kubernetes.io/{mode}"
        if labels[key].get() != "restricted":
            yield labels[key].problem("must be restricted")
        if labels[f"{key}-version"].get() != version:
            yield labels[f"{key}-version"].problem(f"must be {version}, the podSecurityVersion of policies/config")


def _guard(namespace: Value, context: Context) -> Iterator[Problem]:
    wanted, found = guard_of(_name(namespace, context)), namespace["metadata"]["labels"][GUARD]
    if wanted and found.get() != wanted:
        yield found.problem(f"must be {wanted}: by this label the API server applies the rules")


def _protected(namespace: Value, context: Context) -> Iterator[Problem]:
    wanted = context.parameters.protect_projects and context.kind == "Namespace"
    if wanted and not context.options.get("protect") and _name(namespace, context).startswith(PROJECT_PREFIX):
        yield namespace["metadata"]["name"].problem("must be protected: with the namespace go all homes in it")


def _place(value: Value, context: Context) -> Iterator[Problem]:
    if value["metadata"]["namespace"].text() in FOREIGN and context.token.startswith("kubernetes:"):
        yield value["metadata"]["namespace"].problem("is not a namespace of Slate, and nothing guards it")


_WANTED = (
    f"object.metadata.name.startsWith('{PROJECT_PREFIX}') || object.metadata.name == '{CANARY}' ? 'tenant' :"
    f" object.metadata.name in ['{PLATFORM[0]}'] ? 'platform' : ''"
)

RULES = (
    Rule(
        "SLATE-NS-PSA",
        "Pod Security `restricted` is enforced, at a pinned version",
        Severity.CRITICAL,
        "Whoever may change the namespace could let any pod in; a version that is not pinned changes its meaning"
        " when the cluster is upgraded.",
        "Keep the labels pod-security.kubernetes.io/* as the platform sets them.",
        NAMESPACES,
        ("CIS 5.2.1",),
        on(Scope.OBJECT, _pod_security),
        f"({_WANTED}) == '' || ["
        + ", ".join(f"'{mode}'" for mode in MODES)
        + "].all(m, object.metadata.?labels[?'pod-security.kubernetes.io/' + m].orValue('') == 'restricted'"
        " && (object.metadata.?labels[?'pod-security.kubernetes.io/' + m + '-version'].orValue('')"
        " == variables.podSecurityVersion || (oldObject != null"
        " && object.metadata.?labels[?'pod-security.kubernetes.io/' + m + '-version'].orValue('a')"
        " == oldObject.metadata.?labels[?'pod-security.kubernetes.io/' + m + '-version'].orValue('b')"
        " && object.metadata.labels['pod-security.kubernetes.io/' + m + '-version'].matches('^v1[.][0-9]+$'))))",
    ),
    Rule(
        "SLATE-NS-GUARD",
        "Every namespace of Slate bears the guard's label",
        Severity.CRITICAL,
        "Without it the API server applies none of these rules there.",
        f"Keep the label {GUARD}: tenant in projects, platform in slate-system.",
        NAMESPACES,
        (),
        on(Scope.OBJECT, _guard),
        f"({_WANTED}) == '' || object.metadata.?labels[?'{GUARD}'].orValue('') == ({_WANTED})",
    ),
    Rule(
        "SLATE-PROTECT",
        "Projects are protected against deletion",
        Severity.HIGH,
        "With the namespace go the homes of all users in it.",
        "Set protected: true in the project's settings (make unprotect for a deletion that is meant).",
        NAMESPACES,
        (),
        on(Scope.OBJECT, _protected),
    ),
    Rule(
        "SLATE-NS",
        "Nothing is declared in the cluster's own namespaces",
        Severity.MEDIUM,
        "Nothing guards what is there.",
        "Use the project's namespace, or slate-system for the platform.",
        ANY,
        ("CIS 5.7.4",),
        on(Scope.OBJECT, _place),
    ),
    Rule(
        "SLATE-EPHEM",
        "Nobody enters a workspace by a debugging container",
        Severity.MEDIUM,
        "It sees all the files and processes of the workspace's user.",
        "Ask the user, or use the break-glass group, which the audit log notes.",
        DEBUGGING,
        ("Kyverno block-ephemeral-containers",),
        (),
        "object.spec.?ephemeralContainers.orValue([]).size() <= oldObject.spec.?ephemeralContainers.orValue([]).size()",
    ),
)
