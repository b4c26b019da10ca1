"""Service accounts, roles and bindings: what opens the Kubernetes API."""

from collections.abc import Iterator

from policies.patterns import search
from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import BINDINGS, PODS, ROLES, SERVICE_ACCOUNTS
from policies.values import Problem, Value

CLOUD_IDENTITIES = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id")
ESCALATING_VERBS = ("escalate", "bind")
IMPERSONATION = "impersonate"
"""Beginning of several verbs: since Kubernetes 1.35 there are `impersonate:user-info` and more."""
# Resources by which a right over them becomes a right over the cluster, or over other people's workspaces.
ESCALATING_RESOURCES = (
    "pods/exec",
    "pods/attach",
    "pods/portforward",
    "pods/proxy",
    "services/proxy",
    "pods/binding",
    "bindings",
    "pods/ephemeralcontainers",
    "pods/resize",
    "serviceaccounts/token",
    "nodes/proxy",
    "certificatesigningrequests/approval",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
)
READING = ("get", "list", "watch", "patch", "update", "deletecollection", "*")
"""What the API server answers to a change is the whole object."""
MIGHTY_ROLES = ("cluster-admin", "admin", "edit")
SYSTEM_ROLES = "system:"
HARMLESS_SYSTEM_ROLES = (
    "system:auth-delegator",
    "system:basic-user",
    "system:discovery",
    "system:monitoring",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
)
MIGHTY_SUBJECTS = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:masters")
EVERY_ACCOUNT = "system:serviceaccounts"
"""Group of all service accounts; behind a colon the namespace, if it is those of one."""
DEFAULT_ACCOUNT = r"^system:serviceaccount:.*:default$"
PROJECT_ACCOUNT = r"^system:serviceaccounts?:ws-"


def _token(pod: Value, _: Context) -> Iterator[Problem]:
    if pod["automountServiceAccountToken"].get() is not False:
        yield pod["automountServiceAccountToken"].problem("must be set to false")
    for volume in pod["volumes"].each():
        for source in volume["projected"]["sources"].each():
            for key in ("serviceAccountToken", "podCertificate"):
                if source[key].present:
                    yield source[key].problem("must not be mounted")


def _account(pod: Value, _: Context) -> Iterator[Problem]:
    if pod["serviceAccountName"].get("default") in ("default", ""):
        yield pod["serviceAccountName"].problem("must name an account of its own")


def _account_object(account: Value, _: Context) -> Iterator[Problem]:
    if account["automountServiceAccountToken"].get() is not False:
        yield account["automountServiceAccountToken"].problem("must be set to false")
    if list(account["secrets"].each()):
        yield account["secrets"].problem("must be empty: tokens that never expire")
    for key in CLOUD_IDENTITIES:
        if account["metadata"]["annotations"][key].present:
            yield account["metadata"]["annotations"][key].problem("gives the workspace an identity of the cloud")


def _wildcards(role: Value, _: Context) -> Iterator[Problem]:
    for rule in role["rules"].each():
        for key in ("verbs", "resources", "apiGroups"):
            if any("*" in text for text in rule[key].texts()):  # `*/exec` is pods/exec as well
                yield rule[key].problem("must not contain *")
        if rule["nonResourceURLs"].texts():
            yield rule["nonResourceURLs"].problem("must not be set")


def _escalation(role: Value, _: Context) -> Iterator[Problem]:
    for rule in role["rules"].each():
        if any(verb in ESCALATING_VERBS or verb.startswith(IMPERSONATION) for verb in rule["verbs"].texts()):
            yield rule["verbs"].problem(f"must not contain {', '.join((*ESCALATING_VERBS, IMPERSONATION))}")
        if set(rule["resources"].texts()) & set(ESCALATING_RESOURCES):
            yield rule["resources"].problem("leads into pods or past the guardrails")


def _secrets(role: Value, _: Context) -> Iterator[Problem]:
    for rule in role["rules"].each():
        if "secrets" in rule["resources"].texts() and set(rule["verbs"].texts()) & set(READING):
            yield rule["resources"].problem("must not contain secrets: they hold what opens each workspace")


def _mighty(binding: Value, _: Context) -> Iterator[Problem]:
    role = binding["roleRef"]["name"].text()
    if role in MIGHTY_ROLES or (role.startswith(SYSTEM_ROLES) and role not in HARMLESS_SYSTEM_ROLES):
        yield binding["roleRef"]["name"].problem("must not be one of the cluster's own mighty roles")
    for subject in binding["subjects"].each():
        name = subject["name"].text()
        if name in MIGHTY_SUBJECTS or f"{name}:".startswith(f"{EVERY_ACCOUNT}:"):
            yield subject["name"].problem("must not be a group of everybody")
        account = subject["kind"].get() == "ServiceAccount" and name == "default"
        if account or search(DEFAULT_ACCOUNT, name):
            yield subject["name"].problem("must not be the account that pods get unasked")


def _cluster_binding(binding: Value, context: Context) -> Iterator[Problem]:
    if context.kind != "ClusterRoleBinding":
        return
    for subject in binding["subjects"].each():
        if subject["namespace"].text().startswith("ws-"):
            yield subject["namespace"].problem("must not be a project's")
        elif search(PROJECT_ACCOUNT, subject["name"].text()):
            yield subject["name"].problem("must not be an account of a project")


def _texts(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{item}'" for item in items) + "]"


_RULES = "object.?rules.orValue([]).all(r, {})"

RULES = (
    Rule(
        "SLATE-SATOKEN",
        "No token of the Kubernetes API is in a workspace",
        Severity.CRITICAL,
        "Whoever is in the workspace has it: the way out of SAP AI Core's sandboxes.",
        "Set automountServiceAccountToken: false, and mount no serviceAccountToken.",
        PODS,
        ("CIS 5.1.6", "NSA"),
        on(Scope.POD, _token),
        "!variables.podSpec.?automountServiceAccountToken.orValue(true) && variables.volumes.all(v,"
        " v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken) && !has(s.podCertificate)))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-SA",
        "A workspace does not use the default service account",
        Severity.MEDIUM,
        "Rights that somebody gives the default account would be every pod's.",
        "Set serviceAccountName: workspace.",
        PODS,
        ("CIS 5.1.5",),
        on(Scope.POD, _account),
        "!(variables.podSpec.?serviceAccountName.orValue('default') in ['default', ''])",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-SA-OBJ",
        "Service accounts of projects have no tokens and no identity of the cloud",
        Severity.CRITICAL,
        "A workspace would act as that identity.",
        "Set automountServiceAccountToken: false; remove secrets and the cloud's annotation.",
        SERVICE_ACCOUNTS,
        ("CIS 5.1.6",),
        on(Scope.OBJECT, _account_object),
        # The controller manager makes `default` in each namespace, and does not ask for the field.
        "(object.metadata.name == 'default' || !object.?automountServiceAccountToken.orValue(true))"
        " && object.?secrets.orValue([]).size() == 0"
        f" && {_texts(CLOUD_IDENTITIES)}.all(k, !(k in object.metadata.?annotations.orValue({{}})))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-RBAC-WILD",
        "Roles name what they allow",
        Severity.CRITICAL,
        "A star also allows what the next version of Kubernetes adds.",
        "List verbs, resources and API groups; remove nonResourceURLs.",
        ROLES,
        ("CIS 5.1.3",),
        on(Scope.OBJECT, _wildcards),
        _RULES.format(
            "(r.verbs + r.?resources.orValue([]) + r.?apiGroups.orValue([])).all(t, !t.contains('*'))"
            " && r.?nonResourceURLs.orValue([]).size() == 0"
        ),
    ),
    Rule(
        "SLATE-RBAC-ESC",
        "No role leads to more rights than it states",
        Severity.CRITICAL,
        "exec, tokens and impersonation open every workspace; the guardrails themselves are the platform's.",
        "Remove the verb or resource from the role.",
        ROLES,
        ("CIS 5.1.8-5.1.13",),
        on(Scope.OBJECT, _escalation),
        _RULES.format(
            f"!r.verbs.exists(v, v in {_texts(ESCALATING_VERBS)} || v.startsWith('{IMPERSONATION}'))"
            f" && !r.?resources.orValue([]).exists(x, x in {_texts(ESCALATING_RESOURCES)})"
        ),
    ),
    Rule(
        "SLATE-RBAC-SECRETS",
        "Nobody reads a project's secrets",
        Severity.CRITICAL,
        "One of them holds the tokens of all workspaces of the project.",
        "Remove secrets from the role.",
        ROLES,
        ("CIS 5.1.2",),
        on(Scope.OBJECT, _secrets),
        _RULES.format(f"!('secrets' in r.?resources.orValue([])) || !r.verbs.exists(v, v in {_texts(READING)})"),
        Where.TENANTS,
    ),
    Rule(
        "SLATE-RBAC-BIND",
        "Nobody is bound to the cluster's mighty roles, and no group of everybody is bound at all",
        Severity.CRITICAL,
        "`edit` in a namespace already reads its secrets and enters its pods.",
        "Bind a role that names what is needed, to those who need it.",
        BINDINGS,
        ("CIS 5.1.1", "CIS 5.1.7"),
        on(Scope.OBJECT, _mighty, _cluster_binding),
        f"!(object.roleRef.name in {_texts(MIGHTY_ROLES)}) && (!object.roleRef.name.startsWith('{SYSTEM_ROLES}')"
        f" || object.roleRef.name in {_texts(HARMLESS_SYSTEM_ROLES)}) && object.?subjects.orValue([]).all(s,"
        f" !(s.name in {_texts(MIGHTY_SUBJECTS)}) && !(s.name + ':').startsWith('{EVERY_ACCOUNT}:')"
        f" && !(s.kind == 'ServiceAccount' && s.name == 'default') && !s.name.matches(r'{DEFAULT_ACCOUNT}'))",
    ),
)
