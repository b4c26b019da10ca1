"""The rules as the API server enforces them: ValidatingAdmissionPolicies with the stack's parameters, and bindings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from policies.changes.table import CHANGE_BY_ID
from policies.evaluate import in_force
from policies.parameters import Parameters, load
from policies.quantities import POSITIVE
from policies.rule import Rule, Where
from policies.rules.namespaces import CANARY, GUARD, PLATFORM, PROJECT_PREFIX
from policies.rules.resources import GPU
from policies.table import RULES
from policies.targets import NAMESPACES, Target

API = "admissionregistration.k8s.io/v1"
ACTIONS = {"mandatory": ["Deny", "Audit"], "advisory": ["Warn", "Audit"]}
LISTS = ("registries", "mirrors", "tolerationKeys", "runtimeClasses", "priorityClasses", "csiDrivers")
NUMBERS = ("minimumUserId", "maximumUserId", "maximumIdleMinutes")
EXEMPTED = "exempted"
"""The variable with the rules from which an object is exempted."""

_KIND = "request.kind.kind"
# Lines `RULE KIND NAMESPACE NAME`. What a workload makes is known by its owner: of names alone, an exemption of `alice`
# would hold for the pods of `alice-gpu` as well. A Deployment's pods belong to its ReplicaSet, a CronJob's to its Job.
_EXEMPTED = (
    ".map(line, line.split(' ')).filter(e,"
    f" e[2] == ({_KIND} == 'Namespace' ? '-' : request.namespace)"
    f" && ((e[1] == {_KIND} && e[3] == variables.name) || ({_KIND} in ['Pod', 'ReplicaSet', 'Job']"
    " && object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false)"
    " && ((o.kind == e[1] && o.name == e[3])"
    " || (((e[1] == 'Deployment' && o.kind == 'ReplicaSet') || (e[1] == 'CronJob' && o.kind == 'Job'))"
    " && o.name.startsWith(e[3] + '-') && !o.name.substring(size(e[3]) + 1).contains('-'))))))).map(e, e[0])"
)
VARIABLES: dict[str, str] = {
    # Whether the namespace is a project's; what bears no label is not asked at all.
    "tenant": f"namespaceObject.metadata.?labels[?'{GUARD}'].orValue('tenant') != 'platform'",
    "project": f"request.namespace.startsWith('{PROJECT_PREFIX}') ? request.namespace.substring({len(PROJECT_PREFIX)})"
    " : request.namespace",
    "name": "object == null ? request.name : object.metadata.?name.orValue(object.metadata.?generateName.orValue(''))",
    "podTemplate": f"{_KIND} == 'Pod' ? object : {_KIND} == 'PodTemplate' ? object.template :"
    f" {_KIND} == 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec.template",
    "podSpec": "variables.podTemplate.spec",
    "templateAnnotations": "variables.podTemplate.?metadata.?annotations.orValue({})",
    "running": "variables.podSpec.?containers.orValue([]) + variables.podSpec.?initContainers.orValue([])",
    "containers": "variables.running + variables.podSpec.?ephemeralContainers.orValue([])",
    "volumes": "variables.podSpec.?volumes.orValue([])",
    "claimTemplates": "object.kind == 'StatefulSet' ? object.spec.?volumeClaimTemplates.orValue([]) : []",
    "gpu": "variables.running.map(c, c.?resources.?limits.orValue({})).exists(l, l.exists(k, k.matches(r'"
    + GPU
    + "') && "
    + POSITIVE.format("l[k]")
    + "))",
}
"""What expressions share, besides the parameters."""

_SAME = "object.?{0}.orValue({{}}) == oldObject.?{0}.orValue({{}})"
_SAME_METADATA = "object.metadata.?{0}.orValue({{}}) == oldObject.metadata.?{0}.orValue({{}})"
_JUDGED = ("spec", "template", "data", "binaryData", "rules", "subjects", "secrets", "automountServiceAccountToken")


def changed(target: Target) -> dict[str, str]:
    """The condition that an update changes something that rules judge.

    One that leaves all of it as it was must pass, or no finalizer could be taken off an older object. One of an object
    that is being deleted is judged: a finalizer may keep a NetworkPolicy or a role in force for as long as one likes.
    """
    # A namespace's specification is its finalizers, which its controller takes off.
    judged = () if target is NAMESPACES else _JUDGED
    same = [*(_SAME.format(key) for key in judged), *(_SAME_METADATA.format(key) for key in ("annotations", "labels"))]
    return {"name": "changed", "expression": f"oldObject == null || object == null || !({' && '.join(same)})"}


OWN_NAMESPACES = {
    "name": "own",
    "expression": f"object.metadata.name.startsWith('{PROJECT_PREFIX}')"
    f" || object.metadata.name in ['{PLATFORM[0]}', '{CANARY}']",
}


def manifests(
    parameters: Mapping[str, str],
    levels: Mapping[str, str],
    labels: Mapping[str, str],
    rules: Sequence[Rule] = RULES,
) -> list[dict[str, Any]]:
    """Policies, each followed by its binding: one for each target and level.

    Args:
        parameters: What the rules are told (`parameter_data`).
        levels: Levels of rules that are not mandatory.
        labels: Labels of the objects.
        rules: The table.
    """
    shared = VARIABLES | parameter_variables(parameters)
    made = []
    for target in dict.fromkeys(rule.target for rule in rules if rule.cel and rule.target.resources):
        for level, actions in ACTIONS.items():
            asked = [r for r in rules if r.target == target and r.cel and levels.get(r.id, "mandatory") == level]
            if asked:
                name = f"slate-{target.name}" + ("" if level == "mandatory" else f"-{level}")
                made += [policy(name, target, asked, shared, labels), binding(name, target, actions, labels)]
    return made


def parameter_variables(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters as CEL, written into the policies themselves.

    A ConfigMap as `paramKind` would be one object for all, but of built-in kinds the API server (1.36) never reads a
    change again once the last policy that names the kind was deleted: after `make destroy` and `make up` the old
    parameters would hold until it is restarted.
    """
    made = {name: _cel_list(parameters[name]) for name in LISTS}
    made |= {name: str(int(parameters[name])) for name in NUMBERS}
    made["internetEgress"] = "true" if parameters["internetEgress"] == "true" else "false"
    made |= {name: _cel_text(parameters[name]) for name in ("podSecurityVersion", "domainPattern")}
    made["breakGlass"] = f"{_cel_text(parameters['breakGlassGroup'])} in request.userInfo.?groups.orValue([])"
    exemptions = parameters["exemptions"]
    made[EXEMPTED] = _cel_list(exemptions) + (_EXEMPTED if exemptions else "")
    return made


def policy(
    name: str, target: Target, rules: Sequence[Rule], variables: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """The ValidatingAdmissionPolicy of some rules about one target."""
    deletion = any(rule.deletion for rule in rules)
    validations = [{"expression": expression(rule), "message": rule.message, "reason": "Forbidden"} for rule in rules]
    texts = [entry["expression"] for entry in validations]
    conditions = [OWN_NAMESPACES] if target is NAMESPACES else []
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "resourceRules": target.rules(("DELETE",) if deletion else ("CREATE", "UPDATE")),
            },
            "matchConditions": conditions if deletion else [*conditions, changed(target)],
            "variables": [{"name": key, "expression": variables[key]} for key in _used(texts, variables)],
            "validations": validations,
            "auditAnnotations": [
                {
                    "key": "break-glass",
                    "valueExpression": "variables.breakGlass ? request.userInfo.username + ' was let through' : ''",
                }
            ],
        },
    }


def expression(rule: Rule) -> str:
    """A rule's CEL, with the ways by which it does not hold."""
    ways = ["variables.breakGlass", f"'{rule.id}' in variables.{EXEMPTED}"]
    if rule.where is Where.TENANTS:
        ways.append("!variables.tenant")
    return " || ".join([*ways, f"({rule.cel})"])


def binding(name: str, target: Target, actions: Sequence[str], labels: Mapping[str, str]) -> dict[str, Any]:
    """The binding: by the namespace's label, never by a label of the object, which its owner may take off."""
    selected = {"namespaceSelector": {"matchExpressions": [{"key": GUARD, "operator": "Exists"}]}}
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {
            "policyName": name,
            "validationActions": list(actions),
            **({} if target.cluster else {"matchResources": {"matchPolicy": "Equivalent", **selected}}),
        },
    }


def arguments(stack: str, settings: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Arguments of the component `Guardrails`, from the stack's file of parameters.

    Args:
        stack: Its name.
        settings: Those of its `slate:` settings that parameters refer to.
        today: Exemptions that are over are left out.

    Raises:
        PolicyConfigError: The file of parameters is not right.
    """
    parameters = load(stack).resolved(settings)
    return {"parameters": parameter_data(parameters, today), "levels": dict(parameters.levels)}


def parameter_data(parameters: Parameters, today: date) -> dict[str, str]:
    """What the rules are told, as plain texts: lists have an entry a line.

    Args:
        parameters: Of the stack, with its settings put in.
        today: Exemptions that are over are left out; the API server knows no date.
    """
    lists = {
        "registries": parameters.registries,
        "mirrors": parameters.mirrors,
        "tolerationKeys": parameters.toleration_keys,
        "runtimeClasses": parameters.runtime_classes,
        "priorityClasses": parameters.priority_classes,
        "csiDrivers": parameters.csi_drivers,
        "exemptions": [
            _exemption_line(entry.rule, entry.resource)
            for entry in parameters.exemptions
            if entry.rule not in CHANGE_BY_ID and in_force(entry, today)
        ],
    }
    return {
        **{name: "\n".join(entries) for name, entries in lists.items()},
        "minimumUserId": str(parameters.minimum_user_id),
        "maximumUserId": str(parameters.maximum_user_id),
        "maximumIdleMinutes": str(parameters.maximum_idle_minutes),
        "internetEgress": str(parameters.internet_egress).lower(),
        "podSecurityVersion": parameters.pod_security_version,
        "domainPattern": parameters.domain.replace(".", "[.]"),
        "breakGlassGroup": parameters.break_glass_group,
    }


def _exemption_line(rule: str, resource: str) -> str:
    kind, _, place = resource.partition(" ")
    namespace, slash, name = place.partition("/")
    return f"{rule} {kind} {namespace if slash else '-'} {name if slash else namespace}"


def _cel_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _cel_list(lines: str) -> str:
    return "[" + ", ".join(_cel_text(line) for line in lines.split("\n") if line) + "]"


def _used(texts: Sequence[str], variables: Mapping[str, str]) -> list[str]:
    """The variables that expressions use, directly or through others; each comes after those that it uses.

    The exemptions come last: a preview of another one shows them, and not all other variables at new places.
    """
    needed: dict[str, None] = {}

    def add(names: Iterable[str]) -> None:
        for name in names:
            if name not in needed:
                add(_mentioned(variables[name]))
                needed[name] = None

    names = [name for text in texts for name in _mentioned(text)]
    add(name for name in names if name != EXEMPTED)
    add(name for name in names if name == EXEMPTED)
    return list(needed)


def _mentioned(text: str) -> list[str]:
    return re.findall(r"variables\.(\w+)", text)
