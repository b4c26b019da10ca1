"""What is asked of a stack as a whole: each project has its ceiling and its isolation, targets are kept, exemptions used."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from policies.evaluate import crashed, in_force, judge
from policies.findings import Finding, Outcome
from policies.parameters import Parameters
from policies.quantities import amount
from policies.resources import Resource
from policies.rule import Severity
from policies.rules.namespaces import guard_of
from policies.rules.resources import gpus, is_gpu
from policies.table import BY_ID
from policies.values import Undecided, Value

QUOTA = (
    "requests.cpu",
    "requests.memory",
    "limits.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "persistentvolumeclaims",
    "pods",
)
NOTHING_ALLOWED = ("services.loadbalancers", "services.nodeports")
CONTRACT, RECORDING = "service-level-contract", "service-level-rules"


@dataclass(frozen=True)
class Stack:
    """A stack's resources by kind, and its settings."""

    resources: Sequence[Resource]
    settings: Mapping[str, Any]
    parameters: Parameters
    today: date

    def of(self, kind: str, namespace: str | None = None) -> Iterator[tuple[Resource, Value]]:
        """The objects of one kind, all or those of a namespace."""
        for resource in self.resources:
            if resource.kubernetes and resource.token.rsplit(":", 1)[-1] == kind:
                root = Value(resource.properties)
                if namespace is None or root["metadata"]["namespace"].text() == namespace:
                    yield resource, root

    def projects(self) -> Iterator[tuple[Resource, str]]:
        """The namespaces of projects."""
        for resource, root in self.of("Namespace"):
            name = root["metadata"]["name"].text()
            if guard_of(name) == "tenant":
                yield resource, name


Answers = Iterable[tuple[str, str]]
"""URN (or nothing) and what is wrong."""


@dataclass(frozen=True)
class StackRule:
    """A rule about the stack as a whole."""

    id: str
    title: str
    severity: Severity
    rationale: str
    remediation: str
    check: Callable[[Stack], Answers]
    references: tuple[str, ...] = ()


def _quota(stack: Stack) -> Answers:
    for resource, namespace in stack.projects():
        hard = [root["spec"]["hard"] for _, root in stack.of("ResourceQuota", namespace)]
        missing = [key for key in QUOTA if not any(entry[key].present for entry in hard)]
        if missing:
            yield resource.urn, f"{namespace} has no ceiling for {', '.join(missing)}"
        open_ways = [key for key in NOTHING_ALLOWED if not any(entry[key].text() == "0" for entry in hard)]
        if open_ways:
            yield resource.urn, f"{namespace} may have {', '.join(open_ways)}: the quota must be 0"


def _limit_range(stack: Stack) -> Answers:
    for resource, namespace in stack.projects():
        if not any(True for _ in stack.of("LimitRange", namespace)):
            yield resource.urn, f"{namespace} has no LimitRange"


def _isolation(stack: Stack) -> Answers:
    for resource, namespace in stack.projects():
        if not any(_denies_all(root["spec"]) for _, root in stack.of("NetworkPolicy", namespace)):
            yield resource.urn, f"{namespace} has no NetworkPolicy that denies all traffic of every pod"


def _denies_all(spec: Value) -> bool:
    every_pod = spec["podSelector"].get({}) == {}
    both = set(spec["policyTypes"].texts()) == {"Ingress", "Egress"}
    return every_pod and both and not list(spec["ingress"].each()) and not list(spec["egress"].each())


def _gpu_quota(stack: Stack) -> Answers:
    for _, namespace in stack.projects():
        hard = [root["spec"]["hard"] for _, root in stack.of("ResourceQuota", namespace)]
        ceilings = {
            key.removeprefix("requests."): amount(value.text())
            for entry in hard
            for key, value in entry.entries()
            if is_gpu(key.removeprefix("requests."))
        }
        for resource, root in stack.of("StatefulSet", namespace):
            for container in root.at("spec", "template", "spec", "containers").each():
                for name, value in container["resources"]["limits"].entries():
                    if is_gpu(name) and amount(value.text()) > ceilings.get(name, 0):
                        yield resource.urn, f"asks for more {name} than the quota of {namespace} has"


def _gpu_total(stack: Stack) -> Answers:
    have = stack.parameters.gpus
    if have is None:
        return
    promised = 0.0
    for _, namespace in stack.projects():
        for _, root in stack.of("ResourceQuota", namespace):
            promised += max((gpus_of(root["spec"]["hard"])), default=0.0)
    if promised > have:
        yield "", f"projects are promised {promised:g} GPUs together; the pools have {have}"


def gpus_of(hard: Value) -> Iterator[float]:
    """The ceilings of each kind of accelerator in a quota."""
    for key, value in hard.entries():
        if is_gpu(key.removeprefix("requests.")):
            yield float(amount(value.text()))


def _objectives(stack: Stack) -> Answers:
    documents = [root["data"] for _, root in stack.of("ConfigMap") if root["metadata"]["name"].text() == CONTRACT]
    for data in documents:
        known = set((json.loads(data["contract.json"].text() or "{}").get("projects") or {}))
        for resource, namespace in stack.projects():
            if namespace not in known and guard_of(namespace) == "tenant" and namespace.startswith("ws-"):
                yield resource.urn, f"{namespace} has no service levels"


def _floors(stack: Stack) -> Answers:
    given = [("serviceLevels of the settings", stack.settings.get("serviceLevels") or {})]
    for _, root in stack.of("ConfigMap"):
        if root["metadata"]["name"].text() == CONTRACT:
            contract = json.loads(root["data"]["contract.json"].text() or "{}")
            given.append((CONTRACT, contract.get("objectives") or {}))
    for source, values in given:
        for key, floor in stack.parameters.floors.items():
            if isinstance(values.get(key), int | float) and values[key] < floor:
                yield "", f"{source}: {key} is {values[key]:g}, and at least {floor:g} is promised to customers"
        for key, ceiling in stack.parameters.ceilings.items():
            if isinstance(values.get(key), int | float) and values[key] > ceiling:
                yield "", f"{source}: {key} is {values[key]:g}, and at most {ceiling:g} is promised to customers"


def _alerts(stack: Stack) -> Answers:
    wanted = stack.parameters.alerts
    for resource, root in stack.of("ConfigMap"):
        if root["metadata"]["name"].text() != RECORDING or not wanted:
            continue
        groups = (yaml.safe_load(root["data"]["rules.yml"].text()) or {}).get("groups") or []
        found = {entry["alert"]: entry for group in groups for entry in group.get("rules") or [] if "alert" in entry}
        for name, severity in wanted.items():
            if name not in found:
                yield resource.urn, f"the alert {name} is missing"
            elif (found[name].get("labels") or {}).get("severity") != severity:
                yield resource.urn, f"the alert {name} must have severity {severity}"


def _exemptions(stack: Stack) -> Answers:
    for entry in stack.parameters.exemptions:
        what = f"{entry.source}: exemption of {entry.rule} for {entry.resource}"
        if entry.rule not in BY_ID:
            yield "", f"{what}: there is no such rule"
        elif not entry.complete:
            yield "", f"{what}: reason, owner and expires must be given"
        elif not in_force(entry, stack.today):
            yield "", f"{what}: expired on {entry.expires}"
        elif not _used(entry.rule, entry.resource, stack):
            yield "", f"{what}: is not needed (any more)"


def _used(rule: str, key: str, stack: Stack) -> bool:
    """Whether the object breaks the rule, or may; asked of the few objects that an exemption names."""
    for resource in stack.resources:
        if resource.kubernetes and key in resource.keys(stack.parameters):
            if judge(resource, stack.parameters, stack.today, (BY_ID[rule],)):
                return True
    return False


STACK_RULES: tuple[StackRule, ...] = (
    StackRule(
        "SLATE-QUOTA",
        "Every project has a quota for all that it can use up",
        Severity.HIGH,
        "Without a ceiling one project takes the cluster from the others.",
        "Set the project's quota in the settings.",
        _quota,
        ("NSA",),
    ),
    StackRule(
        "SLATE-LIMITRANGE",
        "Every project has defaults for pods that state no resources",
        Severity.MEDIUM,
        "A job without limits would be unlimited.",
        "Declare the project with the component Project.",
        _limit_range,
        ("NSA",),
    ),
    StackRule(
        "SLATE-ISOLATION",
        "Every project denies traffic unless it is allowed",
        Severity.CRITICAL,
        "Pods are reached by everybody in the cluster until a policy says otherwise.",
        "Declare the project with the component Project.",
        _isolation,
        ("NSA", "CIS 5.3.2"),
    ),
    StackRule(
        "SLATE-GPU-QUOTA",
        "No workspace asks for more GPUs than its project has",
        Severity.HIGH,
        "It would never start.",
        "Raise quota.gpus of the project, or choose a smaller profile.",
        _gpu_quota,
    ),
    StackRule(
        "SLATE-GPU-TOTAL",
        "Projects are not promised more GPUs than the pools have",
        Severity.MEDIUM,
        "The last to come would wait, whatever their quota says.",
        "Lower quotas, grow the pools, or set gpus in policies/config.",
        _gpu_total,
    ),
    StackRule(
        "SLATE-OBJECTIVES",
        "Every project has service levels",
        Severity.MEDIUM,
        "What is not measured is not promised.",
        "Declare the project and the service levels in one stack, or list it in the contract.",
        _objectives,
    ),
    StackRule(
        "SLATE-SLA-FLOOR",
        "No service level is below the floor",
        Severity.HIGH,
        "Contracts with customers name these numbers.",
        "Raise the target in slate:serviceLevels, or change the floor in policies/config.",
        _floors,
    ),
    StackRule(
        "SLATE-SLA-RULES",
        "No alert on a service level is dropped or made less severe",
        Severity.HIGH,
        "A promise that nobody is woken for is none.",
        "Restore the alert; its name and severity are in policies/config (alerts).",
        _alerts,
    ),
    StackRule(
        "SLATE-EXEMPTION",
        "Exemptions have a reason and an owner, are in force, and are needed",
        Severity.HIGH,
        "An exemption that nobody answers for is a hole that stays.",
        "Complete, renew or remove the entry in policies/config.",
        _exemptions,
    ),
)


def judge_stack(stack: Stack, rules: Sequence[StackRule] = STACK_RULES) -> list[tuple[str, Finding]]:
    """What is wrong with the stack as a whole: the resource's URN, or nothing, and the finding."""
    found: list[tuple[str, Finding]] = []
    for rule in rules:
        if stack.parameters.level(rule.id) == "disabled":
            continue
        try:
            for urn, text in rule.check(stack):
                found.append((urn, Finding(rule.id, Outcome.VIOLATION, "", f"{text}.", rule.remediation)))
        except Undecided as unknown:
            found.append(("", Finding(rule.id, Outcome.UNDECIDED, unknown.path, "undecided at preview")))
        except Exception as error:  # noqa: BLE001 - any defect of a rule is told as such
            found.append(("", crashed(rule.id, error)))
    return found
