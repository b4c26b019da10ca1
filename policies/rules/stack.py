"""What is asked of resources as Pulumi sees them: ways around the rules, and the guardrails themselves."""

from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, on
from policies.rules.namespaces import GUARD
from policies.targets import ANY, GUARDRAILS, PODS
from policies.values import UNKNOWN, Problem, Value

HELM = "kubernetes:helm.sh/v3:Release"
SKIPS = ("checkov.io/skip", "ignore-check.kube-linter.io/", "kube-score/ignore", "kube-score.com/ignore")
SKIP_SUFFIX = "polaris.fairwinds.com/"
OWN_POLICIES, ADVISORY, OWN_CONDITIONS = "slate-", "-advisory", ("changed", "own")
GUARDED = {"matchExpressions": [{"key": GUARD, "operator": "Exists"}]}
OWN_GROUPS = ("apps/", "batch/", "core/", "policy/", "autoscaling/")


def _patch(value: Value, context: Context) -> Iterator[Problem]:
    if context.token.endswith("Patch") and context.kind in PODS.kinds:
        yield value.problem("changes an object past the rules for whole objects")


def _helm(value: Value, context: Context) -> Iterator[Problem]:
    if context.token == HELM:
        yield value.problem("makes objects that no rule sees")


def _skips(value: Value, context: Context) -> Iterator[Problem]:
    for holder in (value, context.template):
        for key, entry in holder["metadata"]["annotations"].entries():
            exempt = key.startswith(SKIP_SUFFIX) and key.endswith("-exempt")
            if key.startswith(SKIPS) or exempt:
                yield entry.problem("switches a scanner off")


def _custom(value: Value, context: Context) -> Iterator[Problem]:
    """A kind that we do not know may make pods: refused if its specification has containers anywhere."""
    group = context.token.removeprefix("kubernetes:").partition(":")[0]
    if not context.token.startswith("kubernetes:") or context.kind in PODS.kinds or group.startswith(OWN_GROUPS):
        return
    if _has_containers(value["spec"].get()):
        yield value["spec"].problem("holds containers in a kind that the rules do not know")


def _has_containers(raw: object, depth: int = 0) -> bool:
    if depth > 8 or raw is UNKNOWN:
        return False
    if isinstance(raw, dict):
        if isinstance(raw.get("containers"), list) and any(
            isinstance(c, dict) and "image" in c for c in raw["containers"]
        ):
            return True
        return any(_has_containers(item, depth + 1) for item in raw.values())
    return isinstance(raw, list) and any(_has_containers(item, depth + 1) for item in raw)


def _guardrail(value: Value, context: Context) -> Iterator[Problem]:
    spec = value["spec"]
    if context.kind == "ValidatingAdmissionPolicy":
        if spec["failurePolicy"].get("Fail") != "Fail":
            yield spec["failurePolicy"].problem("must be Fail")
        if spec["matchConstraints"]["objectSelector"].present:
            yield spec["matchConstraints"]["objectSelector"].problem("must not be set: a label would opt out")
        return
    if not {"Deny", "Warn"} & set(spec["validationActions"].texts()):
        yield spec["validationActions"].problem("must contain Deny (or Warn for advisory rules)")
    if spec["matchResources"]["objectSelector"].present:
        yield spec["matchResources"]["objectSelector"].problem("must not be set: a label would opt out")


def _own_guardrail(value: Value, context: Context) -> Iterator[Problem]:
    """Of Slate's own, what would leave them in place and take from them what they are asked about."""
    if not context.name.startswith(OWN_POLICIES):
        return
    policy, spec = context.kind == "ValidatingAdmissionPolicy", value["spec"]
    matched = spec["matchConstraints" if policy else "matchResources"]
    for key in ("excludeResourceRules", "namespaceSelector") if policy else ("excludeResourceRules", "resourceRules"):
        if matched[key].present:
            yield matched[key].problem("must not be set: it narrows what the rules are asked about")
    if policy:
        for condition in spec["matchConditions"].each():
            if condition["name"].get() not in OWN_CONDITIONS:
                yield condition.problem(f"must be one of {', '.join(OWN_CONDITIONS)}")
        return
    if matched["namespaceSelector"].get(GUARDED) != GUARDED:
        yield matched["namespaceSelector"].problem(f"must ask for the label {GUARD} alone")
    if not context.name.endswith(ADVISORY) and "Deny" not in spec["validationActions"].texts():
        yield spec["validationActions"].problem("must contain Deny: the rules of this policy are mandatory")


RULES = (
    Rule(
        "SLATE-PATCH",
        "Workloads are declared whole, not patched",
        Severity.HIGH,
        "A patch changes one field of an object that somebody else declared: no rule sees the whole.",
        "Declare the object where it is made.",
        ANY,
        (),
        on(Scope.OBJECT, _patch),
    ),
    Rule(
        "SLATE-HELM",
        "No Helm releases of the older kind",
        Severity.HIGH,
        "Its objects are made by Helm, and never reach the rules.",
        "Use kubernetes.helm.v4.Chart, which declares each object.",
        ANY,
        (),
        on(Scope.OBJECT, _helm),
    ),
    Rule(
        "SLATE-SKIP",
        "No annotation switches a scanner off",
        Severity.MEDIUM,
        "It is an exemption without reason, owner and date.",
        "Remove it; write an exemption in policies/config.",
        ANY,
        (),
        on(Scope.OBJECT, _skips),
    ),
    Rule(
        "SLATE-KIND",
        "Pods are made by kinds that the rules know",
        Severity.HIGH,
        "Other kinds hold their containers where no rule looks.",
        "Use a built-in workload, or ask for a rule for the kind.",
        ANY,
        (),
        on(Scope.OBJECT, _custom),
    ),
    Rule(
        "SLATE-GUARDRAIL",
        "The guardrails of the API server stay as they are made",
        Severity.CRITICAL,
        "An admission policy that ignores errors or lets a label opt out guards nothing.",
        "Keep failurePolicy Fail, Deny, and what they match; no objectSelector.",
        GUARDRAILS,
        (),
        on(Scope.OBJECT, _guardrail, _own_guardrail),
    ),
)
