"""The predicates of the rules about a stack as a whole."""

import json
from collections.abc import Iterator
from reprlib import repr as shortened

import yaml

from policies.changes.table import CHANGE_BY_ID
from policies.evaluate import in_force, judge
from policies.nearest import meant
from policies.quantities import amount
from policies.rules.namespaces import guard_of
from policies.rules.resources import is_gpu
from policies.stack_view import CONTRACT, RECORDING, Answers, Stack
from policies.table import BY_ID
from policies.values import Value

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


def quota(stack: Stack) -> Answers:
    """Every project has a ceiling for all that it can use up, and no way in of its own."""
    for resource, namespace in stack.projects():
        hard = [root["spec"]["hard"] for _, root in stack.of("ResourceQuota", namespace)]
        missing = [key for key in QUOTA if not any(entry[key].present for entry in hard)]
        if missing:
            yield resource.urn, f"{namespace} has no ceiling for {', '.join(missing)}"
        open_ways = [key for key in NOTHING_ALLOWED if not any(entry[key].text() == "0" for entry in hard)]
        if open_ways:
            yield resource.urn, f"{namespace} may have {', '.join(open_ways)}: the quota must be 0"


def limit_range(stack: Stack) -> Answers:
    """Every project has defaults for pods that state no resources."""
    for resource, namespace in stack.projects():
        if not any(True for _ in stack.of("LimitRange", namespace)):
            yield resource.urn, f"{namespace} has no LimitRange"


def isolation(stack: Stack) -> Answers:
    """Every project denies traffic unless it is allowed."""
    for resource, namespace in stack.projects():
        if not any(_denies_all(root["spec"]) for _, root in stack.of("NetworkPolicy", namespace)):
            yield resource.urn, f"{namespace} has no NetworkPolicy that denies all traffic of every pod"


def _denies_all(spec: Value) -> bool:
    every_pod = spec["podSelector"].get({}) == {}
    both = set(spec["policyTypes"].texts()) == {"Ingress", "Egress"}
    return every_pod and both and not list(spec["ingress"].each()) and not list(spec["egress"].each())


def gpu_quota(stack: Stack) -> Answers:
    """No workspace asks for more accelerators than its project has."""
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


def gpu_total(stack: Stack) -> Answers:
    """The quotas of all projects fit into the pools."""
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


def objectives(stack: Stack) -> Answers:
    """Every project is in the contract, where there is one."""
    documents = [root["data"] for _, root in stack.of("ConfigMap") if root["metadata"]["name"].text() == CONTRACT]
    for data in documents:
        known = set(json.loads(data["contract.json"].text() or "{}").get("projects") or {})
        for resource, namespace in stack.projects():
            if namespace not in known and guard_of(namespace) == "tenant" and namespace.startswith("ws-"):
                yield resource.urn, f"{namespace} has no service levels"


def floors(stack: Stack) -> Answers:
    """No target is below its floor: in the settings, and in the contract that is made from them."""
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


def alerts(stack: Stack) -> Answers:
    """The alerts that must be there are there, as severe as they must be."""
    wanted = stack.parameters.alerts
    for resource, root in stack.of("ConfigMap"):
        if root["metadata"]["name"].text() != RECORDING or not wanted:
            continue
        groups = (yaml.safe_load(root["data"]["rules.yml"].text()) or {}).get("groups") or []
        found: dict[str, set[str]] = {}
        for entry in (entry for group in groups for entry in group.get("rules") or [] if "alert" in entry):
            found.setdefault(entry["alert"], set()).add((entry.get("labels") or {}).get("severity", ""))
        for name, severity in wanted.items():
            if name not in found:
                yield resource.urn, f"the alert {name} is missing"
            elif severity not in found[name]:
                yield resource.urn, f"the alert {name} must have severity {severity}"


def exemptions(stack: Stack) -> Answers:
    """Exemptions are known, complete, in force and needed; whether a rule about changes needs one, a preview says."""
    for entry in stack.parameters.exemptions:
        what = f"{entry.source}: exemption of {entry.rule} for {entry.resource}"
        if entry.rule not in BY_ID and entry.rule not in CHANGE_BY_ID:
            yield "", f"{what}: there is no such rule{meant(entry.rule, (*BY_ID, *CHANGE_BY_ID))}"
        elif entry.no_day:
            yield "", f"{what}: expires: {shortened(entry.no_day)} is no day; write it as 2027-01-31"
        elif not entry.complete:
            yield "", f"{what}: reason, owner and expires must be given"
        elif not in_force(entry, stack.today):
            yield "", f"{what}: expired on {entry.expires}"
        elif entry.rule in BY_ID and BY_ID[entry.rule].checks:  # else only the API server can tell
            yield from (("", f"{what}: {problem}") for problem in _not_needed(entry.rule, entry.resource, stack))


def _not_needed(rule: str, key: str, stack: Stack) -> Iterator[str]:
    """Why no object needs an exemption; the rule is asked of the few objects that it names."""
    named = [one for one in stack.resources if one.kubernetes and key in one.keys(stack.parameters)]
    if not named:
        known = {each for one in stack.resources if one.kubernetes for each in one.keys(stack.parameters)}
        yield f"no object of the stack has this name{meant(key, known)}"
    elif not any(judge(resource, stack.parameters, stack.today, (BY_ID[rule],)) for resource in named):
        yield "is not needed (any more)"
